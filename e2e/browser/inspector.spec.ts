import { type Action, reply, scriptByContent, text, toolCalls } from "@millrace/scripted-model";
import type { Locator, Page } from "@playwright/test";
import { violations } from "../kit/axe.ts";
import { ended, expect, press, say, test } from "../kit/browser-test.ts";
import { type Body, begun, counting, exported, logOf, long } from "./replay-files.ts";
import { callOf, openFile, timelineRow } from "./replay-page.ts";

const tab = (page: Page, name: string) => page.locator(`[data-tab="${name}"]`).click();
const box = async (of: Locator) => (await of.boundingBox())!;
const zoom = async (page: Page) => {
  const own = page.getByTestId("timeline");
  const [from, to] = await Promise.all(
    ["--t0", "--t1"].map((name) => own.evaluate((e, n) => e.style.getPropertyValue(n), name)),
  );
  return { from: Number(from), to: Number(to) };
};

test.use({ viewport: { width: 1440, height: 900 } });

test("the timeline: bands of steps, lanes, marks, and a minute of waiting drawn as ten seconds with a cut", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await openFile(page, gateway.url, exported(counting()));
  await expect(page.getByTestId("timeline-step")).toHaveCount(4);
  const labels = await page
    .getByTestId("timeline-row")
    .evaluateAll((rows) => rows.map((one) => one.getAttribute("aria-label")));
  expect(labels).toEqual([
    "thinking, step 1, 4.0 seconds",
    "bash, step 1, completed after 0.31 seconds",
    "read_file, step 1, completed after 0.04 seconds",
    "text, step 2, 1.9 seconds",
    "fetch_url, step 2, failed after 8.0 seconds",
    "run_agent, step 2, completed after 2.7 seconds",
    "search_code, step 2, completed after 1.6 seconds",
    "text, step 3, 2.4 seconds",
    "bash, step 3, completed after 6.0 seconds",
    "text, step 4, 1.9 seconds",
  ]);
  await expect(timelineRow(page, "c5")).toHaveAttribute("data-inner", "true");
  await expect(page.locator('[data-testid="timeline-mark"][data-kind="data"]')).toHaveCount(1);
  await expect(page.locator('[data-testid="timeline-mark"][data-kind="compact"]')).toHaveCount(1);
  await expect(page.getByTestId("timeline-cuts").locator("i")).toHaveCount(1);
  const waits = await box(timelineRow(page, "c6").locator(".b.asks"));
  const works = await box(timelineRow(page, "c6").locator(".b.completed"));
  expect(waits.width / works.width).toBeGreaterThan(1.4);
  expect(waits.width / works.width).toBeLessThan(2);
  const cut = await box(page.getByTestId("timeline-cuts").locator("i"));
  expect(cut.x).toBeGreaterThan(waits.x);
  expect(cut.x + cut.width).toBeLessThan(waits.x + waits.width);
  await expect(page.locator(".ruler .tick").last()).toHaveText("1:20");
  expect(await violations(page)).toEqual([]);
});

test("it zooms by ⌘ wheel, pans by wheel, by the strip and by keys, and Fit shows all again", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await openFile(page, gateway.url, exported(counting()));
  const timeline = page.getByTestId("timeline");
  const whole = await zoom(page);
  const ruler = await box(page.locator(".ruler"));
  await page.mouse.move(ruler.x + ruler.width / 2, ruler.y + 120);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -200);
  await page.keyboard.up("Control");
  await expect(timeline).toHaveAttribute("data-shown", "part");
  const near = await zoom(page);
  expect(near.to - near.from).toBeLessThan((whole.to - whole.from) / 2);
  expect((near.to + near.from) / 2).toBeCloseTo((whole.to + whole.from) / 2, 0);
  await page.mouse.wheel(60, 0);
  await expect.poll(async () => (await zoom(page)).from).toBeGreaterThan(near.from);
  await page.locator(".seg button", { hasText: "Fit" }).click();
  await expect(timeline).toHaveAttribute("data-shown", "fit");
  expect(await zoom(page)).toEqual(whole);
  const strip = await box(page.getByTestId("timeline-strip"));
  await page.mouse.move(strip.x + strip.width * 0.25, strip.y + 10);
  await page.mouse.down();
  await page.mouse.move(strip.x + strip.width * 0.5, strip.y + 10, { steps: 4 });
  await page.mouse.up();
  const drawn = await zoom(page);
  expect(drawn.from / whole.to).toBeCloseTo(0.25, 1);
  expect(drawn.to / whole.to).toBeCloseTo(0.5, 1);
  await page.getByTestId("timeline-strip").focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(async () => (await zoom(page)).from).toBeGreaterThan(drawn.from);
  await page.keyboard.press("0");
  await expect(timeline).toHaveAttribute("data-shown", "fit");
});

test("choosing a row chooses the call, and the other way round; a double click opens it", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await openFile(page, gateway.url, exported(counting()));
  const call = callOf(page, "c3");
  await timelineRow(page, "c3").click();
  await expect(timelineRow(page, "c3")).toHaveAttribute("aria-pressed", "true");
  await expect(call).toHaveAttribute("data-selected", "true");
  await expect(call).toBeInViewport();
  await expect(page.locator(".detail")).toContainText("fetch_url");
  await timelineRow(page, "c1").dblclick();
  await expect(callOf(page, "c1").locator(".call-head")).toHaveAttribute("aria-expanded", "true");
  await call.locator(".call-head").first().click();
  await expect(timelineRow(page, "c3")).toHaveAttribute("data-selected", "true");
  await timelineRow(page, "c6").focus();
  await page.keyboard.press("Enter");
  await expect(timelineRow(page, "c6")).toHaveAttribute("aria-pressed", "true");
});

test("more than 40 rows: finished steps fold to their band, and what is chosen is found", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await openFile(page, gateway.url, exported(long(20, 3)));
  await expect(page.getByTestId("timeline-step")).toHaveCount(20);
  await expect(page.getByTestId("timeline-row")).toHaveCount(3);
  const first = page.getByTestId("timeline-step").first().getByRole("button").first();
  await expect(first).toContainText("3 rows");
  await first.click();
  await expect(page.getByTestId("timeline-row")).toHaveCount(6);
  const fold = page.getByRole("button", { name: /Worked for/ });
  if (await fold.isVisible()) await fold.click();
  await callOf(page, "s9-1").locator(".call-head").click();
  await expect(timelineRow(page, "s9-1")).toBeInViewport();
  expect(await violations(page)).toEqual([]);
});

test("a running call grows at its live edge; waiting is hatched while it lasts", async ({ page, stage }) => {
  const script = scriptByContent([
    {
      when: "run",
      script: (_, { step }): Action[] =>
        step === 1
          ? toolCalls([{ id: "c", name: "bash", arguments: { command: "sleep 3; touch done" } }])
          : reply("Done."),
    },
  ]);
  const { gateway } = await stage.gateway(script, {});
  await page.goto(gateway.url);
  await say(page, "run");
  const call = page.locator('[data-testid="timeline-row"][data-kind="tool"]');
  await expect(call).toHaveAttribute("aria-label", /waiting for/);
  await expect(call.locator(".b.asks.live")).toBeVisible();
  await expect(page.getByTestId("replay-run")).toHaveCount(0);
  await press(page, "allow_once");
  await expect(call.locator(".b.running.live")).toBeVisible();
  const before = await zoom(page);
  const width = (await box(call.locator(".b.running"))).width;
  await expect.poll(async () => (await box(call.locator(".b.running"))).width).toBeGreaterThan(width);
  await page.locator(".seg button", { hasText: "Fit" }).click();
  await expect(page.getByTestId("timeline")).toHaveAttribute("data-shown", "fit");
  expect((await zoom(page)).from).toBe(before.from);
  await ended(page, "done");
  await expect(page.getByTestId("replay-run")).toBeVisible();
});

test("events: opened, filtered by family, text and position, paused, copied and downloaded", async ({
  page,
  context,
  stage,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { gateway } = await stage.gateway();
  const events = counting();
  await openFile(page, gateway.url, exported(events));
  await tab(page, "events");
  const list = page.getByTestId("event");
  const foot = page.getByTestId("events-foot");
  await expect(foot).toContainText(`cursor ${events.length}`);
  await expect(foot).toContainText(`head ${events.length}`);
  await expect(list.last()).toContainText("done");
  await page.locator('[data-family="people"]').click();
  await expect(list).toHaveCount(3);
  await list.nth(1).click();
  await expect(page.getByTestId("event-json")).toContainText('"request_id": "confirm-c6"');
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Copy this event" }).click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toEqual(
    events.find(({ type }) => type === "interaction_request"),
  );
  await page.locator('[data-family="people"]').click();
  await page.getByTestId("events-filter").fill("503 SERVICE");
  await expect(list).toHaveCount(1);
  await expect(list).toHaveAttribute("data-kind", "bad");
  await page.getByTestId("events-filter").fill("7");
  await expect(list).toHaveCount(1);
  await expect(list).toContainText("tool_call read_file");
  await page.getByRole("button", { name: "Copy what is listed as JSONL" }).click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toEqual(events[6]);
  await page.getByTestId("events-filter").fill("");
  await page.getByTestId("events-pause").click();
  await page.getByTestId("replay-position").fill("0");
  await page.getByTestId("replay-position").press("End");
  await expect(page.getByTestId("events-pause")).toHaveAttribute("aria-pressed", "true");
  await expect(foot).toContainText("paused");
  await page.getByTestId("events-pause").click();
  await expect(foot).toContainText(`${events.length} of ${events.length}`);
  const download = page.waitForEvent("download");
  await page.getByTestId("events-download").click();
  expect((await download).suggestedFilename()).toBe("conversation.jsonl");
});

test("events of a live session: those that a retry made void are struck, and the log is downloaded", async ({
  page,
  stage,
}) => {
  const breaks = scriptByContent([
    {
      when: "go",
      script: (_, { call }): Action[] =>
        call === 1 ? [...text("This is void."), { delay_ms: 300 }, { cut: "rst" }] : text("This stands."),
    },
  ]);
  const { gateway } = await stage.gateway(breaks);
  await page.goto(gateway.url);
  await say(page, "go");
  await ended(page, "done");
  await tab(page, "events");
  const events = page.getByTestId("event");
  await expect(events.last()).toContainText("done");
  const struck = await events.evaluateAll((rows) =>
    rows.filter((row) => getComputedStyle(row).textDecorationLine === "line-through").map((row) => row.textContent),
  );
  expect(struck).toEqual([expect.stringContaining("text_delta 13 chars")]);
  const stands = events.filter({ hasText: "text_delta 12 chars" });
  await expect(stands).toHaveAttribute("data-kind", "plain");
  await page.screenshot({ path: test.info().outputPath("struck-light.png") });
  const download = page.waitForEvent("download");
  await page.getByTestId("events-download").click();
  expect((await download).suggestedFilename()).toMatch(/^millrace-.*\.jsonl$/);
});

test("100,000 events: older ones come when asked for, only what is in sight is drawn, and keys reach both ends", async ({
  page,
  stage,
}) => {
  test.setTimeout(120_000);
  const { gateway } = await stage.gateway();
  const bodies: Body[] = [
    ...begun(),
    ...Array.from({ length: 99_000 }, (_, index) => ({
      at: index / 1_000,
      type: "text_delta",
      block_id: "b",
      offset: index,
      content: index % 50 === 49 ? "\n" : "x",
    })),
  ];
  await openFile(page, gateway.url, exported(logOf(bodies)));
  await tab(page, "events");
  await page.getByRole("button", { name: /earlier positions/ }).click();
  await expect(page.getByTestId("events-foot")).toContainText("99002 of 99002");
  const rows = page.getByTestId("event");
  expect(await rows.count()).toBeLessThan(90);
  await rows.last().focus();
  await page.keyboard.press("Home");
  await expect(rows.first()).toBeFocused();
  await expect(rows.first()).toContainText("user_message");
  await page.keyboard.press("ArrowDown");
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press("End");
  await expect(rows.last()).toBeFocused();
  await expect(rows.last().locator(".q")).toHaveText("99002");
});

test("usage: tokens, cost, time, the context with its compaction, steps, sub-agents; and the whole session", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await openFile(page, gateway.url, exported(counting()));
  await tab(page, "usage");
  const figures = page.getByTestId("usage-figures");
  for (const words of [
    "44.6k",
    "25.3k from cache",
    "189 reasoning",
    "4.3k by sub-agents, 10 %",
    "$0.021",
    "1:00 waiting for you",
  ])
    await expect(figures).toContainText(words);
  await expect(page.getByTestId("context-gauge")).toHaveAttribute(
    "aria-label",
    /20\.7k of 120k tokens, 17 %; compactions: 1/,
  );
  await expect(page.getByTestId("context-drop")).toHaveCount(1);
  await expect(page.getByTestId("compactions")).toContainText("42 messages into 3");
  await expect(page.locator(".ut tbody tr")).toHaveCount(4);
  await expect(page.locator(".ut tbody tr").nth(1)).toContainText("9,812");
  expect(await violations(page)).toEqual([]);
  await page.getByTestId("usage-of").getByText("Session").click();
  await expect(page.locator(".ut tbody tr")).toHaveCount(1);
});
