import AxeBuilder from "@axe-core/playwright";
import { reply, scriptByContent } from "@millrace/scripted-model";
import { expect, test } from "../kit/browser-test.ts";

const rules = scriptByContent([{ when: "x", script: reply("y") }]);
const SECTIONS = ["models", "permissions", "tools", "appearance", "notifications", "keys", "about"];

for (const [colorScheme, locale] of [
  ["light", "en-US"],
  ["dark", "zh-CN"],
] as const) {
  test(`axe finds nothing in any section of the settings (${colorScheme}, ${locale})`, async ({ browser, stage }) => {
    const { gateway } = await stage.gateway(rules);
    await using context = await browser.newContext({ colorScheme, locale, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(gateway.url);
    await page.getByTestId("settings-button").click();
    for (const section of SECTIONS) {
      await page.getByTestId(`settings-${section}`).click();
      await expect(page.getByRole("tabpanel").locator("h3").first()).not.toBeEmpty();
      const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
      expect(violations.map(({ id, nodes }) => `${section} ${id}: ${nodes[0]?.target}`)).toEqual([]);
      await page.screenshot({ path: test.info().outputPath(`settings-${section}-${locale}-${colorScheme}.png`) });
    }
  });
}

test("settings: endpoints and the snippet, language, theme and density, kept over a reload", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await page.getByTestId("settings-button").click();
  await page.getByTestId("settings-models").click();
  const endpoint = page.getByTestId("endpoint");
  await expect(endpoint).toHaveCount(1);
  await expect(endpoint).toContainText("scripted");
  await expect(endpoint).toContainText("127.0.0.1");
  await expect(page.getByRole("tabpanel").locator("pre")).toContainText("base_url");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByTestId("settings-permissions")).toBeFocused();
  await page.getByTestId("settings-appearance").click();
  await page.locator('[data-value="dark"]').click();
  await page.locator('[data-value="compact"]').click();
  await page.locator('[data-value="zh-CN"]').click();
  await expect(page.getByTestId("settings-about")).toHaveText("关于");
  await page.reload();
  const root = page.locator("html");
  await expect(root).toHaveAttribute("data-theme", "dark");
  await expect(root).toHaveAttribute("data-density", "compact");
  await expect(root).toHaveAttribute("lang", "zh-CN");
});

test("? shows the keys, not while somebody types; Esc closes them and gives the focus back", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  const composer = page.getByTestId("composer");
  await composer.click();
  await page.keyboard.type("?");
  await expect(page.getByTestId("key-list")).toHaveCount(0);
  await expect(composer).toHaveValue("?");
  await page.getByTestId("new-chat").focus();
  await page.keyboard.type("?");
  await expect(page.getByTestId("key-list")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("key-list")).toHaveCount(0);
  await expect(page.getByTestId("new-chat")).toBeFocused();
});
