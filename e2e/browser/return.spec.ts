import { floodText, numberedFlood, scriptByContent } from "@millrace/scripted-model";
import { ended, expect, expectPageEqualsLog, lastTurn, say, test } from "../kit/browser-test.ts";

const COUNT = 900;
const responder = () => scriptByContent([{ when: "flood", script: [...numberedFlood({ count: COUNT, pace_ms: 8 })] }]);

test("F13: a reload in mid-stream misses nothing and shows nothing twice", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "flood");
  for (const mark of ["⟦000050⟧", "⟦000250⟧", "⟦000450⟧"]) {
    await expect(lastTurn(page)).toContainText(mark, { timeout: 20_000 });
    await page.reload();
  }
  await ended(page, "done");
  const view = await expectPageEqualsLog(page, gateway);
  expect(view.turns[0]?.phase).toMatchObject({ content: floodText({ count: COUNT }) });
});

test("a second tab that opens in mid-stream ends with the same conversation", async ({ page, context, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "flood");
  await expect(lastTurn(page)).toContainText("⟦000100⟧");
  const second = await context.newPage();
  await second.goto(page.url());
  await ended(second, "done");
  await page.bringToFront();
  await ended(page, "done");
  expect(await expectPageEqualsLog(second, gateway)).toEqual(await expectPageEqualsLog(page, gateway));
});

test("F23 F24: kill -9 and restart in mid-stream under an open page: the answer is completed, once", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "flood");
  await expect(lastTurn(page)).toContainText("⟦000200⟧", { timeout: 20_000 });
  await gateway.kill("SIGKILL");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline");
  await gateway.start();
  await ended(page, "done", 45_000);
  const view = await expectPageEqualsLog(page, gateway);
  const shown = view.turns[0]?.items.flatMap((item) => (item.kind === "text" ? [item.content] : [])).join("");
  expect(shown).toBe(floodText({ count: COUNT }));
  expect(view.turns[0]?.items.filter((item) => item.kind === "retry")).toHaveLength(1);
});

test("what is written while the server is away waits in the outbox and is run once", async ({ page, stage }) => {
  const { gateway, model } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "flood");
  await expect(lastTurn(page)).toContainText("⟦000020⟧");
  await gateway.kill("SIGKILL");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline");
  await say(page, "flood");
  await expect(page.getByTestId("outbox")).toContainText("flood");
  await gateway.start();
  await expect(page.getByTestId("turn")).toHaveCount(2, { timeout: 45_000 });
  await expect(page.getByTestId("outbox")).toHaveCount(0);
  await ended(page, "done", 45_000);
  const view = await expectPageEqualsLog(page, gateway);
  expect(view.turns).toHaveLength(2);
  // The first message's step is asked again after the kill, the second message is asked once.
  expect(model?.requests).toHaveLength(3);
});
