import { numberedFlood, scriptByContent, text } from "@millrace/scripted-model";
import { ended, expect, expectPageEqualsLog, lastTurn, say, test } from "../kit/browser-test.ts";

test("TOOL-1: a question is answered live, with its tool call on the timeline under the same id", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await say(page, "What weekday is it?");
  await expect(page.getByTestId("user-message")).toHaveText(/What weekday is it\?/);
  const tool = page.getByTestId("tool");
  await expect(tool).toHaveAttribute("data-tool-name", "current_time");
  await expect(tool).toHaveAttribute("data-state", "completed");
  const id = await tool.getAttribute("data-tool-call-id");
  await ended(page, "done");
  await expect(lastTurn(page).getByTestId("text-block").last()).toContainText(/day/);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "done");
  if (!(await page.getByTestId("timeline-row").first().isVisible())) await page.getByTestId("inspector-toggle").click();
  await expect(page.locator(`[data-testid="timeline-row"][data-tool-call-id="${id}"]`)).toBeVisible();
  const view = await expectPageEqualsLog(page, gateway);
  expect(view.turns).toHaveLength(1);
});

test("the agent remembers what was said before", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "你好，我叫张三");
  await ended(page, "done");
  await say(page, "我叫什么名字？");
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("张三");
});

test("two calls of one step run side by side", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "Compare the README with the time: do two things at once");
  await ended(page, "done");
  const tools = page.getByTestId("tool");
  await expect(tools).toHaveCount(2);
  for (const tool of await tools.all()) await expect(tool).toHaveAttribute("data-state", "completed");
  await expectPageEqualsLog(page, gateway);
});

test("a failing model is an error that says so, and the next message works", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "fail midway");
  await ended(page, "error");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "failed");
  await say(page, "What weekday is it?");
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
  await expectPageEqualsLog(page, gateway);
});

test("SEND-6: a message sent while a run is open waits as a chip, then runs", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(
    scriptByContent([
      { when: "flood", script: [...numberedFlood({ count: 300, pace_ms: 10 })] },
      { when: /weekday/, script: text("Saturday.") },
    ]),
  );
  await page.goto(gateway.url);
  await say(page, "flood");
  await expect(lastTurn(page)).toContainText("⟦000010⟧");
  await say(page, "What weekday is it?");
  await expect(page.getByTestId("queued")).toContainText("What weekday is it?");
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await expect(page.getByTestId("queued")).toHaveCount(0);
  await ended(page, "done");
  await expectPageEqualsLog(page, gateway);
});
