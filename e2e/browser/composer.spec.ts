import { Buffer } from "node:buffer";
import { reply, scriptByContent } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { violations } from "../kit/axe.ts";
import { ended, expect, expectPageEqualsLog, lastTurn, pageView, say, test } from "../kit/browser-test.ts";

/** A PNG of 8 × 8 pixels in one colour. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGNgaPiPFTEMLQkApyB/wTOrs7gAAAAASUVORK5CYII=",
  "base64",
);
const image = { name: "点.png", mimeType: "image/png", buffer: PNG };
const code = { name: "main.py", mimeType: "text/x-python", buffer: Buffer.from("print('hi')\n") };
const responder = () =>
  scriptByContent([
    { when: "hang", script: [{ text: "Well" }, { hang: true }] },
    { when: /(?:)/, script: reply("Noted.") },
  ]);

const chips = (page: Page) => page.getByTestId("draft-file");
const choose = (page: Page, ...files: { name: string; mimeType: string; buffer: Buffer }[]) =>
  page.getByTestId("file-input").setInputFiles(files);
/** What a person does who drags or pastes files: an event that carries them. */
async function bring(page: Page, type: "paste" | "dragover" | "drop", files: object[], text = ""): Promise<void> {
  const target = type === "paste" ? '[data-testid="composer"]' : "body";
  await page.locator(target).evaluate(
    (element, { type: name, files: given, text: said }) => {
      const data = new DataTransfer();
      for (const { name: file, mimeType, base64 } of given as { name: string; mimeType: string; base64: string }[]) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], file, { type: mimeType }));
      }
      if (said !== "") data.setData("text/plain", said);
      const options = { bubbles: true, cancelable: true };
      element.dispatchEvent(
        name === "paste"
          ? new ClipboardEvent(name, { ...options, clipboardData: data })
          : new DragEvent(name, { ...options, dataTransfer: data }),
      );
    },
    { type, files, text },
  );
}
const carried = ({ name, mimeType, buffer }: typeof image) => ({ name, mimeType, base64: buffer.toString("base64") });

test("ATTACH-1 ATTACH-5: files are chosen, uploaded, sent, and seen by every tab and the model", async ({
  page,
  context,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await choose(page, image, code);
  await expect(chips(page)).toHaveCount(2);
  await expect(chips(page).first()).toHaveAttribute("data-state", "done");
  await expect(chips(page).last()).toHaveAttribute("data-state", "done");
  await expect(chips(page).last()).toContainText("main.py");
  expect(await violations(page)).toEqual([]);
  await page.getByTestId("send").click();
  await expect(chips(page)).toHaveCount(0);
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("I see an image of 1 KB (image/png).");
  await expect(page.getByTestId("message-file")).toContainText("main.py");
  const picture = page.getByTestId("message-picture").locator("img");
  await expect.poll(() => picture.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBe(8);
  const view = await expectPageEqualsLog(page, gateway);
  expect(view.turns[0]?.items[0]).toMatchObject({ message: { content: "", attachments: [{}, { name: "main.py" }] } });
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByTestId("message-picture")).toBeVisible();
  await page.getByTestId("message-picture").click();
  await expect(page.getByRole("dialog", { name: "点.png" }).locator("img")).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("ATTACH-1: what is not taken says why, and is not sent", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await choose(
    page,
    { name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n") },
    { name: "big.txt", mimeType: "text/plain", buffer: Buffer.alloc(300 * 1024, "a") },
    { name: "fake.png", mimeType: "image/png", buffer: Buffer.from("<html>".repeat(10)) },
  );
  await expect(chips(page).nth(0)).toContainText("not taken: only images");
  await expect(chips(page).nth(1)).toContainText("too large");
  await expect(chips(page).nth(2)).toContainText("not taken: only images");
  expect(await violations(page)).toEqual([]);
  await expect(page.getByTestId("send")).toBeDisabled();
  await chips(page).first().getByRole("button").click();
  await expect(chips(page)).toHaveCount(2);
  await say(page, "hello");
  await ended(page, "done");
  expect((await pageView(page))?.turns[0]?.items[0]).toMatchObject({ message: { attachments: [] } });
});

test("a model that takes no images is named before the message is sent, and is told of it", async ({ page, stage }) => {
  const { gateway, model } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await choose(page, image);
  await expect(page.getByTestId("no-images")).toContainText("scripted does not take images");
  await expect(chips(page)).toHaveAttribute("data-state", "done");
  await say(page, "look");
  await ended(page, "done");
  const messages = model?.requests.at(-1)?.body.messages ?? [];
  expect(messages.at(-1)?.content).toBe("look\n\n[image 点.png was left out: this model does not take images]");
});

test("files are pasted and dropped anywhere; a long pasted text becomes a file and comes back", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await bring(page, "paste", [carried(image)]);
  await expect(chips(page)).toHaveCount(1);
  await expect(async () => {
    await bring(page, "dragover", [carried(code)]);
    await expect(page.getByTestId("drop-zone")).toContainText("Drop files here", { timeout: 500 });
  }).toPass();
  await bring(page, "drop", [carried(code)]);
  await expect(page.getByTestId("drop-zone")).toHaveCount(0);
  await expect(chips(page)).toHaveCount(2);
  const long = "line of words\n".repeat(2_000);
  await page.getByTestId("composer").fill("Before");
  await bring(page, "paste", [], long);
  const pasted = chips(page).filter({ hasText: "Pasted text.txt" });
  await expect(pasted).toHaveAttribute("data-state", "done");
  await expect(page.getByTestId("composer")).toHaveValue("Before");
  await pasted.getByRole("button", { name: "Put it back as text" }).click();
  await expect(pasted).toHaveCount(0);
  await expect(page.getByTestId("composer")).toHaveValue(`Before\n${long}`);
});

test("a draft keeps its text and files, over a reload and other conversations", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "one");
  await ended(page, "done");
  const first = page.url();
  await page.getByTestId("composer").fill("not yet");
  await choose(page, code);
  await expect(chips(page)).toHaveAttribute("data-state", "done");
  await page.getByRole("link", { name: "New chat" }).first().click();
  await expect(page.getByTestId("composer")).toHaveValue("");
  await expect(chips(page)).toHaveCount(0);
  await page.goto(first);
  await expect(page.getByTestId("composer")).toHaveValue("not yet");
  await expect(chips(page)).toContainText("main.py");
  await page.getByTestId("composer").press("Enter");
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
  await expect(lastTurn(page).getByTestId("message-file")).toContainText("main.py");
  await page.reload();
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await expect(page.getByTestId("composer")).toHaveValue("");
  await expect(chips(page)).toHaveCount(0);
});

test("files that are chosen while offline wait, and are uploaded with the next connection", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "one");
  await ended(page, "done");
  await gateway.kill();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", /offline|restarting/);
  await choose(page, code);
  await expect(chips(page)).toHaveAttribute("data-state", "waiting");
  await expect(chips(page)).toContainText("waits for the connection");
  await expect(page.getByTestId("send")).toBeDisabled();
  await gateway.start();
  await expect(chips(page)).toHaveAttribute("data-state", "done", { timeout: 20_000 });
  await page.getByTestId("send").click();
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
});

test("tools are switched off for the next messages of a conversation, also after a reload", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await page.getByTestId("tools").click();
  const bash = page.locator('[data-tool="bash"]');
  await expect(bash).toHaveAttribute("aria-checked", "true");
  expect(await violations(page)).toEqual([]);
  await bash.click();
  await page.locator('[data-tool="fetch_url"]').click();
  await expect(bash).toHaveAttribute("aria-checked", "false");
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("tools")).toHaveText("Tools2 off");
  await say(page, "one");
  await ended(page, "done");
  const tools = (await expectPageEqualsLog(page, gateway)).turns[0]?.tools ?? [];
  expect(tools).toContain("read_file");
  expect(tools).not.toContain("bash");
  await page.reload();
  await expect(page.getByTestId("tools")).toHaveText("Tools2 off");
  await page.getByTestId("tools").click();
  await page.getByRole("menuitemcheckbox", { name: "All tools" }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("tools")).toHaveText("Tools");
  await say(page, "two");
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
  expect((await expectPageEqualsLog(page, gateway)).turns[1]?.tools).toContain("bash");
});

test("Enter belongs to the input method while it composes, in the order of every browser", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  const composer = page.getByTestId("composer");
  await composer.fill("你好");
  /** Plays events on the box in one task and tells whether any of them was taken. */
  const play = (events: [string, object][]) =>
    composer.evaluate((box, given) => {
      box.focus();
      return given.map(([type, fields]) => {
        const options = { bubbles: true, cancelable: true, ...fields };
        const isKey = type.startsWith("key");
        const event = isKey ? new KeyboardEvent(type, options) : new CompositionEvent(type, options);
        return box.dispatchEvent(event);
      });
    }, events);
  const enter = { key: "Enter", code: "Enter" };
  // Chromium and Firefox: the key comes within the composition. Old ones know only its code.
  await play([
    ["compositionstart", {}],
    ["keydown", { ...enter, isComposing: true }],
    ["compositionend", { data: "你好" }],
  ]);
  await play([
    ["keydown", { key: "Process", keyCode: 229 }],
    ["keydown", { ...enter, keyCode: 229 }],
  ]);
  // Safari: the composition has ended when its key comes, in the same task.
  await play([
    ["compositionstart", {}],
    ["compositionend", { data: "你好" }],
    ["keydown", { ...enter, keyCode: 13 }],
  ]);
  // Esc belongs to it as well.
  await play([
    ["compositionstart", {}],
    ["keydown", { key: "Escape", isComposing: true }],
    ["compositionend", {}],
  ]);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  await expect(composer).toHaveValue("你好");
  await expect(page.getByTestId("turn")).toHaveCount(0);
  await composer.press("Enter");
  await expect(page.getByTestId("turn")).toHaveCount(1);
  await expect(composer).toHaveValue("");
});

test("SEND-9: queued messages, with their files, are seen and taken back in every tab", async ({
  page,
  context,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await say(page, "hang");
  await expect(lastTurn(page)).toContainText("Well");
  const other = await context.newPage();
  await other.goto(page.url());
  await choose(page, code);
  await expect(chips(page)).toHaveAttribute("data-state", "done");
  await page.getByTestId("composer").press("Enter");
  const queued = other.getByTestId("queued");
  await expect(queued).toContainText("main.py");
  await expect(queued.getByRole("img", { name: "1 file" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await queued.getByRole("button", { name: /Take back/ }).click();
  await expect(other.getByTestId("queued")).toHaveCount(0);
  await expect(page.getByTestId("queued")).toHaveCount(0);
  await page.getByTestId("stop").click();
  await ended(page, "cancelled");
});

test("the box grows to two fifths of the page, then it scrolls", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  const composer = page.getByTestId("composer");
  const height = () => composer.evaluate((box) => box.getBoundingClientRect().height);
  await expect(composer).toBeVisible();
  const one = await height();
  await composer.fill("a\nb\nc\nd");
  expect(await height()).toBeGreaterThan(one + 40);
  await composer.fill("line\n".repeat(100));
  expect(await height()).toBeLessThanOrEqual(0.4 * 800 + 1);
  expect(await composer.evaluate((box) => box.scrollHeight > box.clientHeight)).toBe(true);
});
