import { type Action, type ContentRule, reply, scriptByContent, toolCalls } from "@millrace/scripted-model";
import { askCard, ended, expect, expectPageEqualsLog, lastTurn, say, test } from "../kit/browser-test.ts";

test("BREAK-2 SEND-7: a run that came to a limit goes on with a hint, which its next step reads", async ({
  page,
  stage,
}) => {
  const rules: ContentRule[] = [
    { when: "twice", script: (): Action[] => toolCalls([{ id: "t", name: "current_time", arguments: {} }]) },
    { when: "Be brief", script: reply("Noon.") },
  ];
  const { gateway } = await stage.gateway(scriptByContent(rules), { config: () => ({ limits: { tokens: 10 } }) });
  await page.goto(gateway.url);
  await say(page, "twice");
  await expect(askCard(page)).toHaveAttribute("data-kind", "breaker");
  await expect(askCard(page)).toHaveAttribute("data-armed", "true");
  await page.getByTestId("ask-hint").click();
  const hint = page.getByTestId("ask-text");
  await expect(hint).toBeFocused();
  await hint.fill("Be brief");
  await hint.press("Enter");
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("You steered: Be brief");
  await expect(lastTurn(page)).toContainText("Noon.");
  await expect(lastTurn(page).getByTestId("ask-record")).toContainText("Continued by you");
  await expectPageEqualsLog(page, gateway);
});
