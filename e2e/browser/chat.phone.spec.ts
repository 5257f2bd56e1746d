import { ended, expect, expectPageEqualsLog, lastTurn, say, test } from "../kit/browser-test.ts";

test.use({ locale: "zh-CN" });

test("on a phone, in Chinese: ask, watch, stop; nothing is wider than the screen", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await expect(page.getByTestId("composer")).toBeVisible();
  const composer = page.getByTestId("composer");
  await composer.fill("今天星期几？");
  await page.getByTestId("send").tap();
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("星期");
  await composer.fill("写一篇关于流式输出的长文");
  await page.getByTestId("send").tap();
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await expect(lastTurn(page).getByTestId("text-block").first()).toBeVisible({ timeout: 15_000 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await page.getByTestId("stop").tap();
  await ended(page, "cancelled");
  await expectPageEqualsLog(page, gateway);
});

test("on a phone Return makes a new line instead of sending", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "你好");
  await expect(page.getByTestId("composer")).toHaveValue("你好\n");
  await expect(page.getByTestId("turn")).toHaveCount(0);
});
