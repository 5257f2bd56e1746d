import { Buffer } from "node:buffer";
import { reply, scriptByContent } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { violations } from "../kit/axe.ts";
import { ended, expect, expectPageEqualsLog, lastTurn, say, test } from "../kit/browser-test.ts";
import { ChaosProxy } from "../kit/chaos-proxy.ts";
import { freePort } from "../kit/gateway-process.ts";

const responder = () =>
  scriptByContent([
    { when: /^hang/, script: [{ text: "Well" }, { hang: true }] },
    { when: /(?:)/, script: reply("Noted.") },
  ]);
const LONG = "A message that says a lot before it comes to its point, ".repeat(4).trim();
const composer = (page: Page) => page.getByTestId("composer");
const shot = (page: Page, name: string) => page.screenshot({ path: test.info().outputPath(`${name}.png`) });

/** The connections there are never hear a word again, and those that are begun now have to wait for theirs. */
function die(proxy: ChaosProxy): void {
  proxy.blackhole("up", "down");
  proxy.conditions.delay = () => 1_500;
}

/** Fails where a part of a chip lies outside its box or cannot be pressed. */
async function expectWithin(page: Page, chip: ReturnType<Page["getByTestId"]>): Promise<void> {
  const box = (await page.locator("form.composer").boundingBox())!;
  for (const part of [chip, chip.locator(".tag"), ...(await chip.getByRole("button").all())]) {
    const { x, width, height } = (await part.boundingBox())!;
    expect(x).toBeGreaterThanOrEqual(box.x);
    expect(x + width).toBeLessThanOrEqual(box.x + box.width);
    expect(width * height).toBeGreaterThan(0);
  }
  expect((await chip.boundingBox())!.height).toBeLessThan(120);
}

for (const width of [1280, 390]) {
  test(`SEND-9: however long a waiting message is, what became of it and its buttons are seen at ${width} px`, async ({
    page,
    stage,
  }) => {
    const { gateway } = await stage.gateway(responder());
    await page.setViewportSize({ width, height: 800 });
    await page.goto(gateway.url);
    await say(page, "hang");
    await expect(lastTurn(page)).toContainText("Well");
    await say(page, LONG);
    const queued = page.getByTestId("queued");
    await expectWithin(page, queued);
    await say(page, "x".repeat(300 * 1024));
    const refused = page.locator('[data-testid="outbox"][data-state="rejected"]');
    await expect(refused).toContainText("not accepted");
    await expectWithin(page, refused);
    expect(await violations(page)).toEqual([]);
    await shot(page, `chips-${width}`);
    await refused.getByRole("button", { name: /Remove/ }).click();
    await queued.getByRole("button", { name: "Steer now" }).click();
    await expect(queued).toContainText("joins at the next step");
    await expectWithin(page, queued);
  });
}

test("F3: a message on a line that died is on the screen as being sent, the truth follows, and it arrives", async ({
  page,
  stage,
}) => {
  const front = await freePort();
  const { gateway } = await stage.gateway(responder(), { env: { MILLRACE_HOSTS: `127.0.0.1:${front}` } });
  const proxy = await ChaosProxy.start(front, Number(new URL(gateway.url).port));
  try {
    await page.goto(`http://127.0.0.1:${front}`);
    await say(page, "one");
    await ended(page, "done");
    die(proxy);
    await say(page, "two");
    const chip = page.getByTestId("outbox");
    await expect(chip).toContainText("two", { timeout: 2_500 });
    await expect(chip).toContainText("sending…");
    await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "done");
    await shot(page, "sending");
    await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline", { timeout: 8_000 });
    proxy.conditions.delay = () => 0;
    await expect(page.getByTestId("turn")).toHaveCount(2, { timeout: 15_000 });
    await ended(page, "done");
    await expect(chip).toHaveCount(0);
  } finally {
    await proxy.close();
  }
});

test("F3: the browser's `offline` makes the page ask, and the truth line says what is so", async ({ page, stage }) => {
  const front = await freePort();
  const { gateway } = await stage.gateway(responder(), { env: { MILLRACE_HOSTS: `127.0.0.1:${front}` } });
  const proxy = await ChaosProxy.start(front, Number(new URL(gateway.url).port));
  try {
    await page.goto(`http://127.0.0.1:${front}`);
    await say(page, "one");
    await ended(page, "done");
    die(proxy);
    await page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline", { timeout: 4_500 });
  } finally {
    await proxy.close();
  }
});

test("BRANCH-1: a text for a message outlives a look at another conversation, and the same edit in another tab", async ({
  page,
  context,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "one");
  await ended(page, "done");
  const address = page.url();
  const edit = async (tab: Page) => {
    await lastTurn(tab).hover();
    await lastTurn(tab).getByTestId("edit").click();
  };
  const editor = page.getByTestId("message-editor");
  await edit(page);
  await editor.getByRole("textbox").fill("one, in my words");
  await page.getByTestId("new-chat").first().click();
  await expect(editor).toHaveCount(0);
  await page.goBack();
  await expect(editor.getByRole("textbox")).toHaveValue("one, in my words");
  await page.reload();
  await expect(editor.getByRole("textbox")).toHaveValue("one, in my words");
  await expect(editor.getByRole("textbox")).not.toBeFocused();

  const other = await context.newPage();
  await other.goto(address);
  await other.getByTestId("message-editor").getByRole("textbox").fill("one, elsewhere");
  await other.getByTestId("edit-send").click();
  await expect(other.getByTestId("user-message")).toHaveText("one, elsewhere");
  await ended(other, "done");
  await page.bringToFront();
  await expect(page.getByTestId("user-message")).toHaveText("one, elsewhere");
  await expect(editor.getByRole("textbox")).toHaveValue("one, in my words");
  await expect(editor).toContainText("changed elsewhere");
  expect(await violations(page)).toEqual([]);
  await shot(page, "changed-elsewhere");
  await page.reload();
  await expect(editor.getByRole("textbox")).toHaveValue("one, in my words");
  await page.getByTestId("edit-send").click();
  await expect(page.getByTestId("user-message")).toHaveText("one, in my words");
  await ended(page, "done");
  await expect(editor).toHaveCount(0);
  await expectPageEqualsLog(page, gateway);
  await page.reload();
  await expect(page.getByTestId("user-message")).toHaveText("one, in my words");
  await expect(editor).toHaveCount(0);
});

test("STOP-1: Stop takes what waits back into the box, whichever tab said it, and nothing runs afterwards", async ({
  page,
  context,
  stage,
}) => {
  const { gateway, model } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "hang");
  await expect(lastTurn(page)).toContainText("Well");
  await say(page, "first");
  await expect(page.getByTestId("queued")).toHaveCount(1);
  const other = await context.newPage();
  await other.goto(page.url());
  await page.getByTestId("file-input").setInputFiles([{ name: "a", mimeType: "", buffer: Buffer.from("a\n") }]);
  await expect(page.getByTestId("draft-file")).toHaveAttribute("data-state", "done");
  await say(page, "second");
  await expect(other.getByTestId("queued")).toHaveCount(2);
  await expect(other.locator(".hint")).toContainText("Stop also takes what waits back");
  await shot(other, "stop-hint");
  await composer(other).fill("and this");
  await other.getByRole("button", { name: "Stop, and take back what waits" }).click();
  await ended(other, "cancelled");
  await expect(composer(other)).toHaveValue("first\n\nsecond\n\nand this");
  await expect(other.getByTestId("draft-file")).toHaveCount(1);
  await expect(other.getByTestId("truth")).toHaveAttribute("data-state", "stopped");
  await shot(other, "stopped");
  await expect(page.getByTestId("queued")).toHaveCount(0);
  await expect(composer(page)).toHaveValue("");
  await expect(page.getByTestId("turn")).toHaveCount(1);
  expect(model?.requests.length).toBe(1);
  await composer(other).press("Enter");
  await expect(other.getByTestId("turn")).toHaveCount(2);
  await ended(other, "done");
  await expectPageEqualsLog(other, gateway);
});

test("STOP-1: a message that was sent just before Stop does not run either", async ({ page, stage }) => {
  const { gateway, model } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "hang");
  await expect(lastTurn(page)).toContainText("Well");
  await composer(page).fill("quick");
  await composer(page).evaluate((box) => {
    for (const key of ["Enter", "Escape"]) box.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  });
  await ended(page, "cancelled");
  await expect(composer(page)).toHaveValue("quick");
  await expect(page.getByTestId("turn")).toHaveCount(1);
  expect(model?.requests.length).toBe(1);
});

test("ATTACH-1: text is told by its bytes, whatever its name; an empty file is called empty", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  const names = ["go.mod", "notes.rst", "Gemfile", "Cargo.lock", "build.kts", "doc.adoc", "App.csproj", "noext"];
  const buffer = Buffer.from("module 例\n");
  await page.getByTestId("file-input").setInputFiles(names.map((name) => ({ name, mimeType: "", buffer })));
  const chips = page.getByTestId("draft-file");
  await expect(chips).toHaveCount(names.length);
  for (const chip of await chips.all()) await expect(chip).toHaveAttribute("data-state", "done");
  await page.getByTestId("file-input").setInputFiles([
    { name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) },
    { name: "noise", mimeType: "", buffer: Buffer.from([0, 1, 2, 3]) },
  ]);
  await expect(chips.nth(8)).toContainText("empty: there is nothing in it");
  await expect(chips.nth(9)).toContainText("not taken: only images");
  await shot(page, "files");
  await say(page, "look");
  await ended(page, "done");
  await expect(page.getByTestId("message-file")).toHaveCount(names.length);
});
