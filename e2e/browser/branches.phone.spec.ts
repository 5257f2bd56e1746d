import AxeBuilder from "@axe-core/playwright";
import { reply, scriptByContent } from "@millrace/scripted-model";
import { ended, expect, expectPageEqualsLog, lastTurn, say, test } from "../kit/browser-test.ts";

const responder = () =>
  scriptByContent([{ when: /./, script: (_, { text, call }) => reply(`Answer ${call}: ${text}`) }]);

test("BRANCH-1: on a phone a message is edited and its versions are switched by touch", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(gateway.url);
  await say(page, "one");
  await page.getByTestId("send").tap();
  await ended(page, "done");
  await lastTurn(page).getByTestId("edit").tap();
  const box = page.getByTestId("message-editor").getByRole("textbox");
  await box.fill("uno");
  await box.press("Enter");
  await expect(box).toHaveValue("uno\n");
  await page.getByTestId("edit-send").tap();
  await expect(page.getByTestId("user-message")).toHaveText("uno");
  await ended(page, "done");
  const shown = lastTurn(page).locator(".said").getByTestId("branch");
  await shown.getByTestId("branch-previous").tap();
  await expect(page.getByTestId("user-message")).toHaveText("one");
  await expect(shown).toHaveText("1 / 2");
  for (const button of await lastTurn(page).locator("button").all()) {
    const box = await button.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
  }
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await expectPageEqualsLog(page, gateway);
});
