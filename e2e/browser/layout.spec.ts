import { type Action, type ContentRule, scriptByContent, text, toolCalls } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";
import { conversation, seed } from "./seeded-sessions.ts";

const CODE = [
  "```ts",
  ...Array.from({ length: 24 }, (_, line) => `export const line${line} = (value: number): number => value * ${line};`),
  "```",
].join("\n");
const TABLE = [
  "| part | bytes | share |",
  "| --- | ---: | ---: |",
  ...Array.from({ length: 12 }, (_, row) => `| part ${row} of the log | ${row * 1_024} | ${row} % |`),
].join("\n");
const PARAGRAPH =
  "Each event is stored before anyone sees it, **so that** a reload, a second tab or a dead network changes nothing, and `seq` alone says what is missing. ";
const ANSWER = [
  "## What the log holds",
  PARAGRAPH.repeat(4),
  CODE,
  PARAGRAPH.repeat(3),
  TABLE,
  "- one\n- two\n- three with a longer line that has to be broken where the column ends, and goes on for a while\n\n1. first\n2. second",
  PARAGRAPH.repeat(5),
  CODE,
  PARAGRAPH.repeat(4),
].join("\n\n");

/** Words, two calls at once, words again: all that an answer is made of. */
const long: ContentRule = {
  when: /^Tell me/,
  script: (_, { step }): Action[] =>
    step === 1
      ? [
          ...text(`${PARAGRAPH.repeat(6)}\n\n${TABLE}`, { size: 24, pace_ms: 12 }),
          { delay_ms: 2_000 },
          ...toolCalls([{ id: "a", name: "current_time", arguments: {} }]),
          // The first call stands alone for a while.
          { delay_ms: 400 },
          ...toolCalls([{ id: "b", name: "current_time", arguments: {} }]),
        ]
      : text(ANSWER, { size: 24, pace_ms: 12 }),
};

interface Measured {
  /** Of all layout shifts that nobody's input explains. */
  readonly score: number;
  /** Those of them in the conversation and under it. */
  readonly shifts: { readonly value: number; readonly what: string[] }[];
  /** Most pixels that the end was away from the lower edge in a frame. */
  readonly away: number;
  /** Milliseconds from a key to the next paint. */
  readonly keys: number[];
}

/** Writes down what moves from now on. */
async function measure(page: Page): Promise<void> {
  await page.evaluate(() => {
    interface Shift extends PerformanceEntry {
      readonly value: number;
      readonly hadRecentInput: boolean;
      readonly sources: readonly {
        readonly node: Node | null;
        readonly previousRect: DOMRect;
        readonly currentRect: DOMRect;
      }[];
    }
    const held = { score: 0, shifts: [] as Measured["shifts"], away: 0, keys: [] as number[] };
    Object.assign(window, { measured: held });
    const nameOf = (node: Node | null) =>
      node instanceof Element
        ? `${node.tagName} ${node.className} in ${node.parentElement?.className}`
        : String(node?.textContent);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Shift[]) {
        if (entry.hadRecentInput) continue;
        const inChat = entry.sources.filter(({ node, previousRect: from, currentRect: to }) => {
          if (from.y === to.y && from.x === to.x) return false;
          const element = node instanceof Element ? node : node?.parentElement;
          // The line that is being written is where the text ends: that this is further down is no shift.
          return (
            element?.closest(".scroll, .dock") != null && element.closest(".caret, .code .lines:last-child") === null
          );
        });
        held.score += entry.value;
        if (inChat.length === 0) continue;
        const what = inChat.map(
          ({ node, previousRect: from, currentRect: to }) =>
            `${nameOf(node)} ${from.x},${from.y} ${from.width}×${from.height} to ${to.x},${to.y} ${to.width}×${to.height}`,
        );
        held.shifts.push({ value: entry.value, what });
      }
    }).observe({ type: "layout-shift", buffered: false });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === "keydown") held.keys.push(entry.duration);
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    const frame = () => {
      const scroller = document.querySelector(".scroll")!;
      held.away = Math.max(held.away, scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

const measured = (page: Page): Promise<Measured> =>
  page.evaluate(() => (window as unknown as { measured: Measured }).measured);

const scrollTop = (page: Page): Promise<number> => page.locator(".scroll").evaluate((element) => element.scrollTop);
const distance = (page: Page): Promise<number> =>
  page.locator(".scroll").evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop);

test("nothing moves by itself while an answer with calls, code and a table streams; the end stays in view and typing is quick", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(scriptByContent([long]));
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await say(page, "Tell me all");
  await expect(lastTurn(page).getByTestId("text-block").first()).toContainText("Each event");
  // What follows input within half a second does not count as a shift.
  await page.waitForTimeout(600);
  await measure(page);
  await expect(lastTurn(page).getByRole("heading", { name: "What the log holds" })).toBeVisible({ timeout: 30_000 });
  await page.getByTestId("composer").pressSequentially("And what then? ", { delay: 60 });
  await ended(page, "done", 60_000);
  const { score, shifts, away, keys } = await measured(page);
  expect(shifts).toEqual([]);
  expect(score, "clocks, bars and words of state beside it").toBeLessThan(0.05);
  expect(away, "pixels from the end").toBeLessThanOrEqual(2);
  const slow = keys.filter((took) => took > 200).length;
  expect(slow, `keys that took longer to be painted, of 15: ${keys}`).toBeLessThanOrEqual(7);
  await expect(page.getByTestId("composer")).toHaveValue("And what then? ");
});

test("who scrolls up keeps the line; the pill counts what came and leads back to the end", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(scriptByContent([long]));
  await page.goto(gateway.url);
  await say(page, "Tell me all");
  await expect(lastTurn(page).locator("table").first()).toBeVisible({ timeout: 30_000 });
  await page.locator(".scroll").hover();
  await page.mouse.wheel(0, -150);
  const pill = page.locator(".pill");
  await expect(pill).toHaveText("Latest");
  const before = await scrollTop(page);
  const line = lastTurn(page).locator("p").first();
  const where = (await line.boundingBox())?.y;
  await expect(pill).toHaveText(/^\d+ new$/, { timeout: 30_000 });
  await ended(page, "done", 60_000);
  expect(await scrollTop(page)).toBe(before);
  expect((await line.boundingBox())?.y).toBe(where);
  await pill.click();
  await expect(pill).toHaveCount(0);
  expect(await distance(page)).toBeLessThanOrEqual(2);
});

test("a conversation of 2,000 messages shows its end at once, draws only what is near, and all of it can be reached", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(2_000), "A long one");
  await seed(gateway.url, conversation(6), "A short one");
  await page.goto(gateway.url);
  const row = (title: string) => page.getByRole("navigation").getByText(title);
  await row("A short one").click();
  await expect(lastTurn(page)).toContainText("Answer 3.");
  const times: number[] = [];
  for (let visit = 0; visit < 3; visit += 1) {
    times.push(await timeToEnd(page, "A long one", "Answer 1000."));
    await row("A short one").click();
    await expect(page.getByTestId("turn")).toHaveCount(3);
  }
  // On an idle machine it is under 500.
  expect(Math.min(...times), `milliseconds: ${times.map(Math.round)}`).toBeLessThan(1_500);
  await row("A long one").click();
  await expect(lastTurn(page)).toContainText("Answer 1000.");
  await expect.poll(() => distance(page)).toBeLessThanOrEqual(2);
  expect(await page.getByTestId("turn").count()).toBeLessThan(40);

  await page.locator(".scroll").focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("turn").first()).toContainText("Question 1:");
  await expect(page.getByTestId("turn").first()).toBeInViewport();
  await page.keyboard.press("End");
  await expect(lastTurn(page)).toBeInViewport();
  await expect(page.locator(".pill")).toHaveCount(0);
  expect(await page.getByTestId("turn").count()).toBeLessThan(200);
});

/** Milliseconds from a click on a row until the end of that conversation is painted. */
function timeToEnd(page: Page, title: string, last: string): Promise<number> {
  return page.evaluate(
    ([title, last]) =>
      new Promise<number>((resolve) => {
        const rows = [...document.querySelectorAll<HTMLElement>("nav a, nav button")];
        const began = performance.now();
        const look = () => {
          const turn = [...document.querySelectorAll('[data-testid="turn"]')].at(-1);
          const box = turn?.getBoundingClientRect();
          if (turn?.textContent?.includes(last) && box !== undefined && box.bottom > 0 && box.bottom < innerHeight)
            requestAnimationFrame(() => resolve(performance.now() - began));
          else requestAnimationFrame(look);
        };
        rows.find((one) => one.textContent?.includes(title))?.click();
        requestAnimationFrame(look);
      }),
    [title, last] as const,
  );
}

test("who comes back to a conversation finds the place that was left, and the end where it was not left", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(200), "The first");
  await seed(gateway.url, conversation(100), "The second");
  await page.goto(gateway.url);
  const row = (title: string) => page.getByRole("navigation").getByText(title);
  await row("The first").click();
  await expect(lastTurn(page)).toContainText("Answer 100.");
  await page.locator(".scroll").hover();
  for (let turn = 0; turn < 12; turn += 1) {
    await page.mouse.wheel(0, -600);
    await page.waitForTimeout(60);
  }
  await page.waitForTimeout(300);
  const place = () =>
    page.locator(".scroll").evaluate((scroller) => {
      const edge = scroller.getBoundingClientRect().top;
      const turns = [...scroller.querySelectorAll<HTMLElement>("[data-testid=turn]")];
      const first = turns.find((turn) => turn.getBoundingClientRect().bottom > edge);
      return [first?.dataset.runId, Math.round((first?.getBoundingClientRect().top ?? 0) - edge)];
    });
  const left = await place();
  expect(left[0]).not.toBe("run-100");
  await row("The second").click();
  await expect(lastTurn(page)).toContainText("Answer 50.");
  await expect.poll(() => distance(page)).toBeLessThanOrEqual(2);
  await row("The first").click();
  await expect.poll(place).toEqual(left);
  await expect(page.locator(".pill")).toBeVisible();
  await row("The second").click();
  await expect(lastTurn(page)).toContainText("Answer 50.");
  await expect.poll(() => distance(page)).toBeLessThanOrEqual(2);
});
