import AxeBuilder from "@axe-core/playwright";
import { reply, scriptByContent } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { ended, expect, test } from "../kit/browser-test.ts";

const rules = scriptByContent([{ when: /河/u, script: reply("它在这里转弯。") }]);

test.use({ locale: "zh-CN", colorScheme: "dark" });

async function clean(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

test("on a phone, in Chinese: search, settings, delete and take it back", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(gateway.url);
  await page.getByTestId("composer").fill("这条河在哪里转弯？");
  await page.getByTestId("send").tap();
  await ended(page, "done");
  const side = () => page.locator(".head .only-small").tap();
  await side();
  await clean(page);
  await page.screenshot({ path: test.info().outputPath("phone-side.png") });
  await page.getByTestId("search").tap();
  await page.keyboard.type("转弯");
  await expect(page.getByTestId("palette-row").filter({ hasText: "这条河" }).first()).toBeVisible();
  await clean(page);
  await page.screenshot({ path: test.info().outputPath("phone-palette.png") });
  await page.keyboard.press("Escape");
  await page.getByTestId("settings-button").tap();
  for (const section of ["models", "appearance", "keys"]) {
    await page.getByTestId(`settings-${section}`).tap();
    await clean(page);
    await page.screenshot({ path: test.info().outputPath(`phone-settings-${section}.png`) });
  }
  await page.keyboard.press("Escape");
  await page.getByTestId("session-row").getByRole("button").tap();
  await page.getByRole("menuitem", { name: "删除" }).tap();
  await expect(page.getByTestId("toast")).toContainText("这条河");
  await clean(page);
  await page.screenshot({ path: test.info().outputPath("phone-toast.png") });
  await page.getByTestId("undo").tap();
  await side();
  await expect(page.getByTestId("session-row")).toHaveCount(1);
});
