import type { Page } from "@playwright/test";
import { violations } from "../kit/axe.ts";
import { expect, test } from "../kit/browser-test.ts";
import { asFile, counting, exported } from "./replay-files.ts";
import { callOf, openFile, seek } from "./replay-page.ts";

test.use({ locale: "zh-CN", colorScheme: "dark", contextOptions: { reducedMotion: "reduce" } });

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test("on a phone, in Chinese: a log from a file, its controls, and the inspector as a sheet", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await page.goto(`${gateway.url}/replay`);
  await expect(page.getByTestId("replay-door")).toContainText("不会上传任何内容");
  expect(await violations(page)).toEqual([]);
  await page.getByTestId("replay-file").setInputFiles(asFile(exported(counting())));
  await expect(page.getByTestId("replay")).toContainText("不能发送任何内容");
  await expect(page.getByTestId("truth")).toContainText("重放");
  for (const id of [
    "replay-play",
    "replay-previous",
    "replay-next",
    "replay-speed",
    "replay-leave",
    "replay-position",
  ]) {
    expect((await page.getByTestId(id).boundingBox())?.height, id).toBeGreaterThanOrEqual(44);
  }
  await seek(page, 9_000);
  await expect(callOf(page, "c3")).toHaveAttribute("data-state", "running");
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
  await page.getByTestId("inspector-toggle").tap();
  for (const tab of ["timeline", "events", "usage"]) {
    await page.locator(`[data-tab="${tab}"]`).tap();
    await expect(page.getByRole("tabpanel")).not.toBeEmpty();
    expect(await violations(page), tab).toEqual([]);
    expect(await overflow(page), tab).toBeLessThanOrEqual(0);
  }
});

test("on a phone the timeline is pinched and dragged by fingers", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await openFile(page, gateway.url, exported(counting()));
  await page.getByTestId("inspector-toggle").tap();
  const timeline = page.getByTestId("timeline");
  await expect(timeline).toBeVisible();
  const range = () =>
    timeline.evaluate((element) => ["--t0", "--t1"].map((name) => Number(element.style.getPropertyValue(name))));
  const [, whole] = await range();
  const fingers = (moves: readonly (readonly [string, number, number])[]) =>
    page.locator(".tl").evaluate((element, list) => {
      for (const [type, pointerId, clientX] of list) {
        const about = { pointerId, clientX, clientY: 400, pointerType: "touch", bubbles: true };
        element.dispatchEvent(new PointerEvent(type, about));
      }
    }, moves);
  await fingers([
    ["pointerdown", 1, 180],
    ["pointerdown", 2, 220],
    ["pointermove", 1, 140],
    ["pointermove", 2, 300],
    ["pointerup", 1, 140],
    ["pointerup", 2, 300],
  ]);
  await expect(timeline).toHaveAttribute("data-shown", "part");
  const [from, to] = await range();
  expect(to! - from!).toBeLessThan(whole! / 2);
  await fingers([
    ["pointerdown", 3, 200],
    ["pointermove", 3, 180],
    ["pointermove", 3, 150],
    ["pointerup", 3, 150],
  ]);
  await expect.poll(async () => (await range())[0]).toBeGreaterThan(from!);
});
