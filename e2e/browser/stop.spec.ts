import { numberedFlood, scriptByContent, text } from "@millrace/scripted-model";
import { ended, expect, expectPageEqualsLog, lastTurn, say, test } from "../kit/browser-test.ts";

const responder = () =>
  scriptByContent([
    { when: "flood", script: [...numberedFlood({ count: 5_000, pace_ms: 5 })] },
    { when: "again", script: text("Here I am.") },
  ]);

test("STOP-1 F38: Stop closes the request to the model, keeps the text, and the next message works", async ({
  page,
  stage,
}) => {
  const { gateway, model } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "flood");
  await expect(lastTurn(page)).toContainText("⟦000020⟧");
  await page.getByTestId("stop").click();
  await ended(page, "cancelled");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "stopped");
  await expect.poll(() => model?.requests[0]?.aborted).toBe(true);
  const stopped = await expectPageEqualsLog(page, gateway);
  expect(stopped.turns[0]?.phase).toMatchObject({ state: "cancelled" });

  await say(page, "again");
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("Here I am.");
  await expectPageEqualsLog(page, gateway);
});

test("STOP-2: Stop in a second tab stops the run that the first one began", async ({ page, context, stage }) => {
  const { gateway, model } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "flood");
  await expect(lastTurn(page)).toContainText("⟦000010⟧");
  const second = await context.newPage();
  await second.goto(page.url());
  await expect(lastTurn(second)).toContainText("⟦000010⟧");
  await second.getByTestId("stop").click();
  await ended(page, "cancelled");
  await ended(second, "cancelled");
  expect(model?.requests[0]?.aborted).toBe(true);
  const first = await expectPageEqualsLog(page, gateway);
  expect(await expectPageEqualsLog(second, gateway)).toEqual(first);
});

test("STOP: every run is stopped by one command, also those of other conversations, and the page says how many", async ({
  page,
  stage,
}) => {
  const { gateway, model } = await stage.gateway(responder());
  for (const at of [1, 2]) {
    await page.goto(gateway.url);
    await say(page, "flood");
    await expect(lastTurn(page)).toContainText("⟦000010⟧");
    expect(model?.requests.length).toBe(at);
  }
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type("stop every");
  const row = page.getByTestId("palette-row").first();
  await expect(row).toContainText("Stop every run");
  await expect(row).toContainText("2 running");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("stopped-runs")).toContainText("2 runs are stopping");
  await ended(page, "cancelled");
  await expect(page.locator(".sess .dot.running")).toHaveCount(0);
  await expect
    .poll(() => model?.requests.filter(({ aborted }) => aborted).length, { message: "requests that were closed" })
    .toBe(model?.requests.length);
  await expectPageEqualsLog(page, gateway);
  await page.getByTestId("stopped-runs").getByRole("button").click();
  await expect(page.getByTestId("stopped-runs")).toHaveCount(0);
});
