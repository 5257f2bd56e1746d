import { type Action, reply, scriptByContent, toolCalls } from "@millrace/scripted-model";
import { ended, expect, say, test } from "../kit/browser-test.ts";

const rules = scriptByContent([
  {
    when: "look",
    script: (_, { step }): Action[] =>
      step === 1
        ? toolCalls([
            { id: "a", name: "current_time", arguments: {} },
            { id: "b", name: "read_file", arguments: { path: "README.md" } },
            { id: "c", name: "current_time", arguments: {} },
          ])
        : reply("I have looked."),
  },
]);

test("J and K go from call to call, O opens one; not while somebody types, nor from outside the conversation", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "look");
  await ended(page, "done");
  const heads = page.getByTestId("tool").locator(".call-head");
  await expect(heads).toHaveCount(3);
  const scroll = page.getByRole("log");
  await scroll.focus();
  for (const at of [0, 1, 2, 2]) {
    await page.keyboard.press("j");
    await expect(heads.nth(at)).toBeFocused();
  }
  for (const at of [1, 0, 0]) {
    await page.keyboard.press("k");
    await expect(heads.nth(at)).toBeFocused();
  }
  await scroll.focus();
  await page.keyboard.press("Shift+K");
  await expect(heads.nth(2)).toBeFocused();
  await expect(heads.nth(2)).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("o");
  await expect(heads.nth(2)).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("o");
  await expect(heads.nth(2)).toHaveAttribute("aria-expanded", "false");

  const composer = page.getByTestId("composer");
  await composer.click();
  await page.keyboard.type("jko");
  await expect(composer).toHaveValue("jko");
  await expect(composer).toBeFocused();
  await page.getByTestId("new-chat").focus();
  await page.keyboard.press("j");
  await expect(page.getByTestId("new-chat")).toBeFocused();
  await scroll.focus();
  await page.keyboard.press("Alt+j");
  await expect(scroll).toBeFocused();
});
