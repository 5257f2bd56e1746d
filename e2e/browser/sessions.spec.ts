import { readFile } from "node:fs/promises";
import { reply, scriptByContent } from "@millrace/scripted-model";
import { ended, expect, say, test } from "../kit/browser-test.ts";

const rules = scriptByContent([
  { when: "Hello!", script: reply("# Ways to begin\n\nAsk me for the **aqueduct** of Segovia.") },
  { when: /carry/u, script: reply("It carried water for two thousand years.") },
]);

test("titles come from the first exchange; a conversation is found by its text, and opens at that place", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "Hello!");
  await ended(page, "done");
  const rows = page.getByTestId("session-row");
  await expect(rows.first()).toContainText("Ways to begin");
  await page.getByTestId("new-chat").click();
  await say(page, "**What** did it carry? And for how long?");
  await ended(page, "done");
  await expect(rows.first()).toContainText("What did it carry?");
  await rows.first().getByRole("button").click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Water");
  await page.keyboard.press("Enter");
  await expect(rows.first()).toContainText("Water");

  await page.getByTestId("search").click();
  await page.keyboard.type("aqueduct");
  const hit = page.getByTestId("palette-row").filter({ hasText: "Segovia" });
  await expect(hit).toContainText("Ways to begin");
  await page.screenshot({ path: test.info().outputPath("palette-text-light.png") });
  await hit.click();
  await expect(page.locator("h1")).toHaveText("Ways to begin");
  await expect(page.getByTestId("text-block").filter({ hasText: "aqueduct" })).toBeInViewport();
});

test("another name makes a conversation unread in no tab; an answer does in those that have not shown it", async ({
  context,
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "What did it carry?");
  await ended(page, "done");
  const address = page.url();
  await page.getByTestId("new-chat").click();
  const other = await context.newPage();
  await other.goto(address);
  await expect(other.getByTestId("turn")).toHaveCount(1);
  await other.getByTestId("new-chat").click();
  const rows = page.getByTestId("session-row");
  await rows.first().getByRole("button").click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Water");
  await page.keyboard.press("Enter");
  for (const tab of [page, other]) {
    await expect(tab.getByTestId("session-row").first()).toContainText("Water");
    await expect(tab.getByTestId("session-row").first()).toHaveAttribute("data-status", "idle");
  }
  await other.goto(address);
  await say(other, "And what did it carry then?");
  await expect(other.getByTestId("turn")).toHaveCount(2);
  await ended(other, "done");
  await expect(rows.first()).toHaveAttribute("data-status", "unread");
  await expect(other.getByTestId("session-row").first()).toHaveAttribute("data-status", "idle");
});

test("a deletion can be taken back for a while, and is done when the page goes away", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules);
  const listed = async () => {
    const response = await fetch(`${gateway.url}/api/v1/sessions`);
    return ((await response.json()) as { sessions: unknown[] }).sessions.length;
  };
  await page.goto(gateway.url);
  await say(page, "What did it carry?");
  await ended(page, "done");
  const rows = page.getByTestId("session-row");
  const remove = async () => {
    await rows.first().getByRole("button").click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
  };
  await remove();
  await expect(rows).toHaveCount(0);
  await expect(page).toHaveURL(`${gateway.url}/`);
  await expect(page.getByTestId("toast")).toContainText("What did it carry?");
  await page.screenshot({ path: test.info().outputPath("toast-light.png") });
  await page.getByTestId("undo").click();
  await expect(rows).toHaveCount(1);
  await expect(page.getByTestId("toast")).toHaveCount(0);
  expect(await listed()).toBe(1);

  await remove();
  await expect(page.getByTestId("toast")).toBeVisible();
  expect(await listed()).toBe(1);
  await expect(page.getByTestId("toast")).toHaveCount(0, { timeout: 12_000 });
  await expect.poll(listed).toBe(0);

  await say(page, "What did it carry?");
  await ended(page, "done");
  await remove();
  await page.goto("about:blank");
  await expect.poll(listed).toBe(0);
});

test("a conversation is exported as JSONL and as Markdown", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "What did it carry?");
  await ended(page, "done");
  for (const [name, start] of [
    ["Export as JSONL", '{"'],
    ["Export as Markdown", "# What did it carry?"],
  ] as const) {
    await page.getByTestId("session-row").first().getByRole("button").click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name }).click();
    const content = await readFile(await (await download).path(), "utf8");
    expect(content.startsWith(start)).toBe(true);
    expect(content).toContain("two thousand years");
  }
});

test("a new conversation has its row before the gateway has answered", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules);
  let hold: Promise<void> = Promise.resolve();
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => void hold.then(() => socket.send(message)));
    socket.onMessage((message) => server.send(message));
  });
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  const { promise, resolve } = Promise.withResolvers<void>();
  hold = promise;
  await say(page, "What did it carry?");
  await expect(page.getByTestId("new-row")).toContainText("What did it carry?");
  resolve();
  await expect(page.getByTestId("session-row")).toHaveCount(1);
  await expect(page.getByTestId("new-row")).toHaveCount(0);
});
