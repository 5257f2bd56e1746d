import { type ContentRule, scriptByContent, text } from "@millrace/scripted-model";
import type { Locator, Page } from "@playwright/test";
import { ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";

const SHORT_THEN_LONG = [
  "| # | Part | What it does |",
  "| ---: | --- | --- |",
  "| 1 | log | keeps |",
  "| 2 | fold of the events | turns every stored event into what the page shows, in one pass and without a clock |",
  "| 12 | a-very-long-identifier-without-any-space-in-it-at-all | `packages/protocol/src/evolve.ts` and [its page](https://example.org/evolve) |",
  "| 113 | stop | ends a run, **whoever** asked for it, and closes its calls one after the other |",
].join("\n");
const MANY_COLUMNS = [
  "| Package | Version | Released | Licence | Stars | Size | Maintainers | Notes |",
  "| --- | --- | --- | --- | ---: | ---: | :---: | --- |",
  "| tiny | 1.0 | 2024 | MIT | 12 | 1 kB | one | none |",
  "| enormous-framework | 12.0.0-beta.3 | 2025-11-02 | Apache-2.0 WITH LLVM-exception | 1,204,331 | 14.2 MB | forty-two | breaks often, but is fixed within the day |",
  "| middle | 3.4 | 2023-01-30 | BSD-3-Clause | 8,120 | 312 kB | three | – |",
].join("\n");
const NUMBERS = [
  "| Month | Requests | Errors | p99 |",
  "| --- | ---: | ---: | ---: |",
  "| January | 9 | 0 | 1 ms |",
  ...Array.from(
    { length: 6 },
    (_, row) => `| Month ${row} | ${(1_234_567 * (row + 1)).toLocaleString("en")} | ${row * 13} | ${row * 118} ms |`,
  ),
].join("\n");
const CHINESE = [
  "| 项目 | 状态 | 说明 |",
  "| --- | --- | --- |",
  "| 日志 | 好 | 短 |",
  "| 折叠 | 正在进行 | 把每一个已经存储的事件变成页面上看到的内容，只走一遍，而且不读时钟，也不需要任何随机数。 |",
  "| 停止 | 已完成 | 无论是谁提出的，都会结束这次运行，并且逐个关闭还没有结束的工具调用。 |",
].join("\n");
const TABLES = { "short then long": SHORT_THEN_LONG, "many columns": MANY_COLUMNS, numbers: NUMBERS, 中文: CHINESE };

const tables: ContentRule = {
  when: /^Table: /,
  script: (_, { text: said }) =>
    text(`A table:\n\n${TABLES[said.slice("Table: ".length) as keyof typeof TABLES]}\n\nAnd that was all of it.`, {
      size: 7,
      pace_ms: 25,
    }),
};

/** Writes down, frame by frame, where the words of each cell begin, once they are shown and the next cell has begun. */
async function watchCells(page: Page): Promise<void> {
  await page.evaluate(() => {
    const held = { moves: [] as string[], frames: 0, seen: 0 };
    Object.assign(window, { cells: held });
    const places = new Map<Element, string>();
    const look = () => {
      held.frames += 1;
      const table = [...document.querySelectorAll(".scroll table")].at(-1);
      const cells = table === undefined ? [] : [...table.querySelectorAll("th, td")];
      const last = cells.findLastIndex((cell) => cell.textContent !== "");
      const frame = table?.getBoundingClientRect();
      for (const cell of cells.slice(0, last)) {
        if (cell.textContent === "" || !cell.checkVisibility({ visibilityProperty: true })) continue;
        const range = document.createRange();
        range.selectNodeContents(cell);
        const { left, top } = range.getBoundingClientRect();
        const place = `${Math.round(left - frame!.left)},${Math.round(top - frame!.top)}`;
        const before = places.get(cell);
        if (before !== undefined && before !== place) held.moves.push(`${cell.textContent}: ${before} to ${place}`);
        places.set(cell, place);
      }
      held.seen = places.size;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

const watched = (page: Page) =>
  page.evaluate(() => (window as unknown as { cells: { moves: string[]; frames: number; seen: number } }).cells);

/** Whether each cell's words are within the cell. */
const spills = (table: Locator) =>
  table
    .locator("th, td")
    .evaluateAll((cells) =>
      cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent),
    );

for (const [name, source] of Object.entries(TABLES)) {
  for (const width of [1_280, 390]) {
    test(`a table that grows leaves what was read in its place (${name}, ${width} pixels)`, async ({ page, stage }) => {
      await page.setViewportSize({ width, height: 800 });
      const { gateway } = await stage.gateway(scriptByContent([tables]));
      await page.goto(gateway.url);
      await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
      await say(page, `Table: ${name}`);
      await watchCells(page);
      const table = lastTurn(page).locator("table");
      const rows = source.split("\n").length - 2;
      await expect(table.locator("tbody tr")).toHaveCount(rows, { timeout: 30_000 });
      await table.screenshot({ path: test.info().outputPath("growing.png") });
      await ended(page, "done", 60_000);
      const { moves, seen } = await watched(page);
      expect(moves).toEqual([]);
      expect(seen).toBeGreaterThan(rows * 3);
      expect(await spills(table)).toEqual([]);
      await page.screenshot({ path: test.info().outputPath("settled.png") });
      await page.reload();
      await expect(table.locator("tbody tr")).toHaveCount(rows);
      await expect(table.locator("col")).toHaveCount(0);
      await page.screenshot({ path: test.info().outputPath("reloaded.png") });
    });
  }
}
