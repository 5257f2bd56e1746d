import { violations } from "../kit/axe.ts";
import { ended, expect, expectPageEqualsLog, lastTurn, pageView, say, test } from "../kit/browser-test.ts";
import { asFile, begun, counting, exported, lines, logOf, long } from "./replay-files.ts";
import { callOf, drop, offerFile, position, seek, timelineRow } from "./replay-page.ts";

test("a finished run plays again from its log, as it was; leaving shows what is", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "What weekday is it?");
  await ended(page, "done");
  const whole = await expectPageEqualsLog(page, gateway);
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() !== "GET") sent.push(`${request.method()} ${request.url()}`);
  });
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
  await page.getByTestId("replay-run").click();
  await expect(page.getByTestId("replay")).toContainText("This is a replay. Nothing is sent meanwhile.");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "replay");
  await expect(page.getByTestId("composer")).toHaveCount(0);
  await expect(page.getByTestId("replay-play")).toBeFocused();
  await page.getByTestId("replay-speed").selectOption("16");
  await expect(page.getByTestId("replay-play")).toHaveAttribute("data-state", "restart", { timeout: 20_000 });
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done");
  const shown = await pageView(page);
  expect(shown).toMatchObject({ seq: whole.seq, queue: [] });
  expect(shown?.turns.map(({ run_id, phase }) => [run_id, phase])).toEqual(
    whole.turns.map(({ run_id, phase }) => [run_id, phase]),
  );
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("replay")).toHaveCount(0);
  await expect(page.getByTestId("composer")).toBeFocused();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "done");
  expect(sent).toEqual([]);
  await say(page, "What weekday is it?");
  await expect(page.getByTestId("turn")).toHaveCount(2);
});

test("only the chosen run plays; what came before it stands, and what came after is not there", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  for (const count of [1, 2, 3]) {
    await say(page, "What weekday is it?");
    await expect(page.getByTestId("turn")).toHaveCount(count);
    await ended(page, "done");
  }
  await page.getByTestId("tool").nth(1).locator(".call-head").click();
  await expect(page.locator(".pane-bar")).toContainText("Run 2");
  await page.getByTestId("replay-run").click();
  await page.getByTestId("replay-play").click();
  await seek(page, 100);
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await expect(lastTurn(page)).toHaveAttribute("data-state", "running");
  await expect(lastTurn(page).getByTestId("text-block")).toHaveCount(0);
  await position(page).press("End");
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done");
});

test("it is scrubbed both ways, stepped by events, and conversation and inspector show the same moment", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await offerFile(page, gateway.url, exported(counting()));
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done");
  const rows = page.getByTestId("timeline-row");
  const all = await rows.count();
  expect(all).toBeGreaterThan(8);
  await seek(page, 5_500);
  await expect(lastTurn(page)).toHaveAttribute("data-state", "running");
  await expect(callOf(page, "c1")).toHaveAttribute("data-state", "running");
  await expect(callOf(page, "c2")).toHaveAttribute("data-state", "completed");
  await expect(rows).toHaveCount(3);
  await expect(timelineRow(page, "c1")).toHaveAttribute("aria-label", /^bash, step 1, running for 0\.\d+ seconds$/);
  await page.getByTestId("replay-next").click();
  await expect(callOf(page, "c1")).toHaveAttribute("data-state", "completed");
  await page.getByTestId("replay-previous").click();
  await expect(callOf(page, "c1")).toHaveAttribute("data-state", "running");
  await seek(page, 200);
  await expect(page.getByTestId("tool")).toHaveCount(0);
  await position(page).press("End");
  await expect(rows).toHaveCount(all);
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done");
});

test("a wait of a minute plays in ten seconds, and says how long it really was", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await offerFile(page, gateway.url, exported(counting()));
  await expect(page.getByTestId("replay-time")).toHaveText("0:38 / 0:38");
  await seek(page, 27_500);
  await expect(page.getByTestId("truth")).toContainText("1:16");
  await expect(timelineRow(page, "c6")).toHaveAttribute("aria-label", /waiting for 5\d seconds/);
  await expect(page.getByTestId("ask-card")).toHaveCount(0);
});

test("it plays by its own clock, at the chosen speed, and stops where it is told", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.clock.install();
  await offerFile(page, gateway.url, exported(counting()));
  await expect(page.getByTestId("replay-play")).toHaveAttribute("data-state", "restart");
  await page.getByTestId("replay-play").click();
  await page.clock.runFor(2_000);
  const first = Number(await position(page).inputValue());
  expect(first).toBeGreaterThan(1_500);
  expect(first).toBeLessThan(8_000);
  await page.getByTestId("replay-speed").selectOption("4");
  await page.clock.runFor(2_000);
  expect(Number(await position(page).inputValue()) - first).toBeGreaterThan(6_000);
  await page.getByTestId("replay-play").click();
  await expect(page.getByTestId("replay-play")).toHaveAttribute("data-state", "play");
  const stopped = await position(page).inputValue();
  await page.clock.runFor(1_000);
  expect(await position(page).inputValue()).toBe(stopped);
});

test("an exported session dropped onto the page opens the same way, offline, and nothing is uploaded", async ({
  page,
  context,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "What weekday is it?");
  await ended(page, "done");
  const whole = await expectPageEqualsLog(page, gateway);
  const file = await (await fetch(`${gateway.url}/api/v1/sessions/${whole.session_id}/export`)).text();
  // What reads files was never asked for: it comes by itself once the page is idle.
  await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => /open-file/.test(name)));
  await page.waitForLoadState("networkidle");
  await context.setOffline(true);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.resourceType() === "fetch" || request.method() !== "GET") asked.push(request.url());
  });
  await drop(page, file, "saved.jsonl");
  await expect(page).toHaveURL(`${gateway.url}/replay`);
  await expect(page.getByTestId("replay")).toContainText("It stays on this device");
  await expect(page.getByTestId("truth")).toContainText("saved.jsonl");
  await expect(lastTurn(page).getByTestId("text-block").last()).toContainText(/day/);
  expect((await pageView(page))?.turns.map(({ phase }) => phase)).toEqual(whole.turns.map(({ phase }) => phase));
  expect(asked.filter((url) => !/\/api\/v1\/(models|agents|tools)$/.test(url))).toEqual([]);
});

test("bare event lines open too, and an export that ends in the middle of a run", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await offerFile(page, gateway.url, lines(counting().slice(0, 12)));
  await expect(lastTurn(page)).toHaveAttribute("data-state", "running");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "replay");
  await expect(page.getByTestId("stop")).toHaveCount(0);
});

test("T15: a bad file is refused in words with its line, and hostile words in a good one stay words", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  const events = counting();
  await offerFile(page, gateway.url, `${lines(events.slice(0, 4))}{"v":1,\n`);
  const problem = page.getByTestId("replay-problem");
  await expect(problem).toHaveText("Line 5: this is not JSON.");
  expect(await violations(page)).toEqual([]);
  const input = page.getByTestId("replay-file");
  await input.setInputFiles(asFile(lines([...events.slice(0, 2), events[5]])));
  await expect(problem).toHaveText("Line 3: the event of position 3 is expected here.");
  await input.setInputFiles(asFile(lines([events[0], { ...events[1], max_steps: "<b>many</b>" }])));
  await expect(problem).toHaveText(
    "Line 2: this is no event of a conversation: “max_steps” does not hold what belongs there.",
  );
  await input.setInputFiles(asFile("\u0000PNG"));
  await expect(problem).toHaveText("Line 1: this is not JSON.");
  await input.setInputFiles(asFile(""));
  await expect(problem).toHaveText("There are no events in this file.");
  const hostile = "<img src=//evil.test/x onerror=alert(1)><script>alert(1)</script>[x](javascript:alert(1)) \u202egpj";
  const strange = events.map((event) => ("content" in event ? { ...event, content: hostile } : event));
  const named = strange.map((event) => ("tool_name" in event ? { ...event, tool_name: hostile } : event));
  const outside: string[] = [];
  page.on("request", (request) => outside.push(request.url()));
  page.on("dialog", (dialog) => outside.push(dialog.message()));
  page.on("console", (message) => {
    if (message.type() === "error") outside.push(message.text());
  });
  await input.setInputFiles(asFile(exported(named, hostile)));
  await expect(page.getByTestId("replay")).toBeVisible();
  for (const tab of ["events", "usage", "timeline"]) await page.locator(`[data-tab="${tab}"]`).click();
  await expect(page.locator("h1")).toContainText("<img src=//evil.test/x");
  expect(outside.filter((url) => !url.startsWith(gateway.url))).toEqual([]);
});

test("back and forth in the browser's history leaves and enters", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "What weekday is it?");
  await ended(page, "done");
  const address = page.url();
  await drop(page, exported(counting()), "counting.JSONL");
  await expect(page.getByTestId("replay")).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(address);
  await expect(page.getByTestId("composer")).toBeVisible();
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done");
  await page.goForward();
  await expect(page.getByTestId("replay-door")).toBeVisible();
});

test("scrubbing through 20,000 events does not fold them from the start", async ({ page, stage }) => {
  test.setTimeout(120_000);
  const { gateway } = await stage.gateway();
  const events = logOf([
    ...begun(),
    { at: 0, type: "step", step: 1, max_steps: 50, tokens: 10, token_limit: 9_000 },
    ...Array.from({ length: 20_000 }, (_, index) => ({
      at: index / 40,
      type: "text_delta",
      block_id: `b${Math.floor(index / 500)}`,
      offset: (index % 500) * 5,
      content: "word ",
    })),
  ]);
  await offerFile(page, gateway.url, exported(events));
  await expect(page.getByTestId("replay")).toBeVisible({ timeout: 30_000 });
  const folds = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>("[data-testid=replay-position]")!;
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!.set!;
    const took: number[] = [];
    for (let index = 0; index < 40; index += 1) {
      const began = performance.now();
      set.call(input, String(((index * 7_919) % 500) * 1_000));
      input.dispatchEvent(new Event("input", { bubbles: true }));
      took.push(performance.now() - began);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return took.toSorted((one, other) => one - other);
  });
  // Long enough for a shared machine; folding all of it anew takes several times that.
  expect(folds[20]).toBeLessThan(200);
  expect((await pageView(page))?.seq).toBeGreaterThan(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in a replay and at its door (${colorScheme})`, async ({ page, stage }) => {
    const { gateway } = await stage.gateway();
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto(`${gateway.url}/replay`);
    await expect(page.getByTestId("replay-door")).toContainText("nothing is uploaded");
    expect(await violations(page)).toEqual([]);
    await page.getByTestId("replay-file").setInputFiles(asFile(exported(counting())));
    await seek(page, 22_000);
    await expect(page.getByTestId("replay")).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}

test("long logs are made ready without freezing the page", async ({ page, stage }) => {
  test.setTimeout(120_000);
  const { gateway } = await stage.gateway();
  await offerFile(page, gateway.url, exported(long(300, 3)));
  await expect(page.getByTestId("replay")).toBeVisible({ timeout: 30_000 });
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done", { timeout: 30_000 });
});
