import { numberedFlood, reply, scriptByContent, text } from "@millrace/scripted-model";
import { violations } from "../kit/axe.ts";
import { ended, expect, expectPageEqualsLog, lastTurn, say, test } from "../kit/browser-test.ts";
import { begun, logOf } from "./replay-files.ts";
import { seed } from "./seeded-sessions.ts";

const rules = () =>
  scriptByContent([
    { when: /^flood/, script: [...numberedFlood({ count: 5_000, pace_ms: 5 })] },
    { when: "Count", script: reply("There are 148 files.") },
    { when: /^Continue|^从/u, script: text("Going on.") },
  ]);

/** A run that an error ended, `reason` telling which. */
const broken = (reason: string, message: string) =>
  logOf([
    ...begun("Count"),
    { at: 0.2, type: "step", step: 1, max_steps: 50, tokens: 900, token_limit: 120_000 },
    { at: 0.5, type: "text_delta", block_id: "b", offset: 0, content: "There are" },
    { at: 1, type: "error", code: reason, message, reason, retryable: true },
  ]);

for (const [reason, state, act, says, answer] of [
  ["interrupted", "interrupted", "Continue", "Continue where you stopped.", "Going on."],
  ["model_error", "failed", "Try again", "Count", "There are 148 files."],
  ["max_steps_reached", "failed", "Continue", "Continue where you stopped.", "Going on."],
] as const) {
  test(`after ${reason} the truth line offers “${act}”, by keyboard too, and the work goes on`, async ({
    page,
    stage,
  }) => {
    const { gateway } = await stage.gateway(rules());
    const session_id = await seed(gateway.url, broken(reason, "It broke off."), "Broken");
    await page.goto(`${gateway.url}/s/${session_id}`);
    const truth = page.getByTestId("truth");
    await expect(truth).toHaveAttribute("data-state", state);
    const button = page.getByTestId("truth-again");
    await expect(button).toHaveText(act);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: test.info().outputPath(`${reason}.png`) });
    const { height } = (await truth.boundingBox())!;
    expect(height).toBe(32);
    await page.getByTestId("inspector-toggle").focus();
    await page.keyboard.press("Tab");
    await expect(button).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.getByTestId("turn")).toHaveCount(2);
    await ended(page, "done");
    await expect(button).toHaveCount(0);
    await expect(lastTurn(page).getByTestId("user-message")).toHaveText(says);
    await expect(lastTurn(page)).toContainText(answer);
    await expect(page.getByTestId("composer")).toBeFocused();
    expect((await truth.boundingBox())?.height).toBe(height);
    await expectPageEqualsLog(page, gateway);
  });
}

test("it says that a run was stopped in another tab, not in the one where it was, nor of one that it did not watch", async ({
  page,
  context,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules());
  await page.goto(gateway.url);
  await say(page, "flood");
  await expect(lastTurn(page)).toContainText("⟦000010⟧");
  const second = await context.newPage();
  await second.goto(page.url());
  await expect(lastTurn(second)).toContainText("⟦000010⟧");
  await second.getByTestId("stop").click();
  await ended(second, "cancelled");
  await expect(second.getByTestId("truth")).toHaveAttribute("data-state", "stopped");
  await expect(second.getByTestId("truth")).not.toContainText("another tab");
  await page.bringToFront();
  await ended(page, "cancelled");
  await expect(page.getByTestId("stopped-by")).toHaveText("by you in another tab");
  await page.screenshot({ path: test.info().outputPath("stopped-elsewhere.png") });
  await page.reload();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "stopped");
  await expect(page.getByTestId("stopped-by")).toHaveCount(0);
});

test("the line under the message box says the keys, and where all the others are found", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules());
  await page.goto(gateway.url);
  await expect(page.locator(".hint")).toHaveText(
    /^Enter sends · Shift Enter for a new line · .+K for everything else$/,
  );
});
