import { type Action, type ContentRule, scriptByContent, text, toolCalls } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { ended, expect, lastTurn, press, say, test } from "../kit/browser-test.ts";

const PRINTS = 'for i in $(seq 1 40); do echo "line $i of what it prints"; sleep 0.1; done';

const rules: ContentRule[] = [
  {
    when: "Run two",
    script: (_, { step }): Action[] =>
      step === 1
        ? [
            ...toolCalls([{ id: "one", name: "bash", arguments: { command: "sleep 3; echo one" } }]),
            { delay_ms: 700 },
            ...toolCalls([{ id: "two", name: "current_time", arguments: {} }]),
            { delay_ms: 300 },
          ]
        : text("Both are over."),
  },
  {
    when: "Print",
    script: (_, { step }): Action[] =>
      step === 1
        ? toolCalls([{ id: "prints", name: "bash", arguments: { command: PRINTS } }])
        : [{ delay_ms: 1_500 }, ...text("It is printed.")],
  },
];

/**
 * Writes down what moves in the rows of calls, frame by frame: sideways in any of them, and up or down in the first one.
 * What a call prints and what was asked about it stand under its row, and above the next one.
 */
async function watchRows(page: Page): Promise<void> {
  await page.evaluate(() => {
    const moves: string[] = [];
    Object.assign(window, { moves });
    const places = new Map<string, string>();
    const look = () => {
      for (const row of document.querySelectorAll(".scroll .call")) {
        const top = document.querySelector(".scroll .answer")!.getBoundingClientRect().top;
        for (const part of row.querySelectorAll(
          ":scope > .call-head > :is(.race, .call-name, .call-args, .lane, .call-meta, .chev)",
        )) {
          const name = `${row.id} ${part.classList[0]}`;
          const box = part.getBoundingClientRect();
          const first = document.querySelector(".scroll .call") === row;
          const place = `${Math.round(box.left)}${first ? `,${Math.round(box.top - top)}` : ""}`;
          const before = places.get(name);
          if (before !== undefined && before !== place) moves.push(`${name}: ${before} to ${place}`);
          places.set(name, place);
        }
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}
const moves = (page: Page) => page.evaluate(() => (window as unknown as { moves: string[] }).moves);

for (const [locale, width] of [
  ["en-GB", 1_280],
  ["zh-CN", 1_280],
  ["zh-CN", 390],
] as const) {
  test.describe(`${locale}, ${width} pixels`, () => {
    test.use({ locale, viewport: { width, height: 800 }, contextOptions: { reducedMotion: "reduce" } });

    test("a call that gets company stays where it is, and no word of state moves anything beside it", async ({
      page,
      stage,
    }) => {
      const { gateway } = await stage.gateway(scriptByContent(rules), {});
      await page.goto(gateway.url);
      await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
      await watchRows(page);
      await say(page, "Run two");
      const calls = lastTurn(page).getByTestId("tool");
      await expect(calls).toHaveCount(2, { timeout: 20_000 });
      await press(page, "allow_once");
      await expect(calls.first()).toHaveAttribute("data-state", "running");
      await page.screenshot({ path: test.info().outputPath("joined.png") });
      await expect(calls.first()).toHaveAttribute("data-state", "completed");
      expect(await moves(page)).toEqual([]);
      await ended(page, "done");
      await page.screenshot({ path: test.info().outputPath("done.png") });
      await page.reload();
      await expect(lastTurn(page)).toContainText("Both are over.");
      await lastTurn(page).getByTestId("worked").click();
      await expect(lastTurn(page).locator(".group-head")).toBeVisible();
      await page.screenshot({ path: test.info().outputPath("reloaded.png") });
    });
  });
}

test("what a call prints can be opened while it runs: it grows in its own box, at its end until the reader scrolls up in it", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(scriptByContent(rules), {});
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await say(page, "Print");
  await press(page, "allow_once");
  const call = lastTurn(page).getByTestId("tool");
  const tail = call.getByRole("region", { name: "Live output" });
  await expect(tail).toContainText("line 1 of");
  const height = (await tail.boundingBox())?.height;
  await expect(tail).toContainText(/Last 5 of \d+ lines/);
  expect((await tail.boundingBox())?.height).toBe(height);
  await page.screenshot({ path: test.info().outputPath("tail.png") });
  await tail.getByRole("button", { name: "Open output" }).click();
  await expect(tail).toHaveCount(0);
  const box = call.locator("pre[data-grown]");
  await expect(box).toContainText("line 14 of");
  const outer = (await box.boundingBox())?.height;
  const fromEnd = () => box.evaluate((pre) => pre.scrollHeight - pre.clientHeight - pre.scrollTop);
  expect(await fromEnd()).toBeLessThanOrEqual(1);
  await page.screenshot({ path: test.info().outputPath("opened.png") });
  await box.hover();
  await page.mouse.wheel(0, -60);
  await expect.poll(() => box.evaluate((pre) => pre.scrollTop)).toBeGreaterThan(0);
  await page.waitForTimeout(200);
  const read = await box.evaluate((pre) => pre.scrollTop);
  await expect(box).toContainText("line 30 of");
  expect(await box.evaluate((pre) => pre.scrollTop)).toBe(read);
  await box.evaluate((pre) => pre.scrollTo(0, pre.scrollHeight));
  await expect(box).toContainText("line 40 of");
  await expect(call).toHaveAttribute("data-state", "completed");
  expect(await fromEnd()).toBeLessThanOrEqual(1);
  expect((await box.boundingBox())?.height).toBe(outer);
  await page.screenshot({ path: test.info().outputPath("over.png") });
  await ended(page, "done");
});

test("live output stays after the end of its call until the next thing begins, and longer for who has scrolled up", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(scriptByContent(rules), {});
  await page.setViewportSize({ width: 1_280, height: 460 });
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  const call = () => lastTurn(page).getByTestId("tool");
  const tail = () => call().getByRole("region", { name: "Live output" });
  await say(page, "Print");
  await press(page, "allow_once");
  await expect(tail()).toContainText("line 40 of", { timeout: 15_000 });
  await expect(call()).toHaveAttribute("data-state", "completed");
  await expect(tail()).toBeVisible();
  await ended(page, "done");
  await expect(tail()).toHaveCount(0);

  await say(page, "Print");
  await press(page, "allow_once");
  await expect(tail()).toContainText("line 2 of", { timeout: 15_000 });
  await page.locator(".scroll").hover({ position: { x: 40, y: 40 } });
  await page.mouse.wheel(0, -80);
  await expect(page.locator(".pill")).toBeVisible();
  const where = (await call().boundingBox())?.y;
  await ended(page, "done");
  await expect(tail()).toContainText("line 40 of");
  expect((await call().boundingBox())?.y).toBe(where);
});
