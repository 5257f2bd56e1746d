import AxeBuilder from "@axe-core/playwright";
import { reply, scriptByContent } from "@millrace/scripted-model";
import { ended, expect, say, test } from "../kit/browser-test.ts";

const rules = scriptByContent([{ when: /river/u, script: reply("It bends.") }]);

test("⌘K: commands, conversations, themes and languages, found in both languages, by keyboard alone", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "Where does the river bend?");
  await ended(page, "done");
  const palette = page.getByTestId("palette");
  const rows = page.getByTestId("palette-row");
  const open = async (query: string) => {
    await page.keyboard.press("ControlOrMeta+k");
    await page.keyboard.type(query);
  };
  await open("深色");
  await expect(rows.first()).toContainText("Theme: dark");
  await page.keyboard.press("Enter");
  await expect(palette).toHaveCount(0);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");

  await open("nwcht");
  await expect(rows.first()).toContainText("New chat");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${gateway.url}/`);

  await open("river");
  await expect(rows.filter({ hasText: "Where does the river bend?" }).first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target}`)).toEqual([]);
  await page.keyboard.press("Enter");
  await expect(page.locator("h1")).toHaveText("Where does the river bend?");

  await open("简体");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await open("new");
  await expect(rows.first()).toContainText("新对话");
  await page.screenshot({ path: test.info().outputPath("palette-zh-dark.png") });
  await page.keyboard.press("Escape");
  await expect(palette).toHaveCount(0);
  await open("qqqqqq");
  await expect(rows).toHaveCount(0);
  await expect(palette).toContainText("qqqqqq");
});
