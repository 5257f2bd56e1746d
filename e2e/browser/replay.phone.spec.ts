import { type Action, reply, scriptByContent, text, toolCalls } from "@millrace/scripted-model";
import { violations } from "../kit/axe.ts";
import { ended, expect, expectPageEqualsLog, lastTurn, pageView, say, test } from "../kit/browser-test.ts";
import { position, seek } from "./replay-page.ts";

const rules = scriptByContent([
  {
    when: "look",
    script: (_, { step }): Action[] =>
      step === 1
        ? [{ reasoning: "Look first." }, ...toolCalls([{ id: "a", name: "current_time", arguments: {} }])]
        : text("It is **late**, and the river bends.", { size: 6, pace_ms: 60 }),
  },
  { when: "again", script: reply("Here I am.") },
]);

test("on a phone a run that was just watched live is played again, scrubbed by a finger's taps, and left", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await page.getByTestId("composer").fill("look");
  await page.getByTestId("send").tap();
  await ended(page, "done");
  const whole = await expectPageEqualsLog(page, gateway);
  await lastTurn(page).getByTestId("turn-menu").tap();
  await page.getByRole("menuitem", { name: "Replay this run" }).tap();
  const truth = page.getByTestId("truth");
  await expect(truth).toHaveAttribute("data-state", "replay");
  await expect(page.getByTestId("composer")).toHaveCount(0);
  await expect(page.getByTestId("replay-play")).toHaveAttribute("data-state", "restart", { timeout: 20_000 });
  expect((await pageView(page))?.turns[0]?.phase).toEqual(whole.turns[0]?.phase);
  await seek(page, 0);
  await expect(page.getByTestId("user-message")).toHaveText("look");
  await expect(page.getByTestId("turn")).toHaveCount(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: test.info().outputPath("replay-run-phone.png") });
  for (const step of [1, 2, 3]) {
    const before = (await pageView(page))?.seq ?? 0;
    await page.getByTestId("replay-next").tap();
    await expect.poll(async () => (await pageView(page))?.seq ?? 0, `tap ${step}`).toBeGreaterThan(before);
  }
  const { x, y, width, height } = (await position(page).boundingBox())!;
  await page.touchscreen.tap(x + width - 2, y + height / 2);
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done");
  await page.getByTestId("inspector-toggle").tap();
  await expect(page.getByTestId("timeline-row").filter({ visible: true }).first()).toBeVisible();
  await page.locator("#inspector").getByRole("button", { name: "Close inspector" }).tap();
  await page.getByTestId("replay-leave").tap();
  await expect(truth).toHaveAttribute("data-state", "done");
  await say(page, "again");
  await page.getByTestId("send").tap();
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("Here I am.");
});
