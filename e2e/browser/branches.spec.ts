import { type Action, type ContentRule, reply, scriptByContent, toolCalls } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { violations } from "../kit/axe.ts";
import { ended, expect, expectPageEqualsLog, lastTurn, pageView, say, test } from "../kit/browser-test.ts";

const long = (text: string, lines: number): string =>
  Array.from({ length: lines }, (_, line) => `${text}, paragraph ${line + 1}.`).join("\n\n");

const rules: ContentRule[] = [
  { when: /^hang/, script: [{ text: "Well" }, { hang: true }] },
  { when: /^cut/, script: [{ text: "As far as it" }, { finish: "length" }, { done: true }] },
  {
    when: /^look/,
    script: (_, { step }): Action[] =>
      step === 1
        ? toolCalls([
            { id: "a", name: "current_time", arguments: {} },
            { id: "b", name: "read_file", arguments: { path: "missing" } },
          ])
        : reply("I have looked."),
  },
  { when: /^long/, script: (_, { text, call }) => reply(long(`Answer ${call} to ${text}`, 12 * call), { size: 400 }) },
  { when: /./, script: (_, { text, call }) => reply(`**Answer ${call}** to ${text}`) },
];
const responder = () => scriptByContent(rules);

const turn = (page: Page, at: number) => page.getByTestId("turn").nth(at);
const footer = (page: Page, at: number) => turn(page, at).getByTestId("turn-footer");
const atMessage = (page: Page, at: number) => turn(page, at).locator(".said").getByTestId("branch");

async function talk(page: Page, ...messages: string[]): Promise<void> {
  for (const [index, message] of messages.entries()) {
    await say(page, message);
    await expect(page.getByTestId("turn")).toHaveCount(index + 1);
    await ended(page, "done");
  }
}

test("BRANCH-1: a message is edited in its place, sent again, and both versions are there in every tab", async ({
  page,
  context,
  stage,
}) => {
  const { gateway, model } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await talk(page, "one", "two", "three");
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByTestId("turn")).toHaveCount(3);

  await turn(page, 1).hover();
  await footer(page, 1).getByTestId("edit").click();
  const editor = page.getByTestId("message-editor");
  await expect(editor.getByRole("textbox")).toBeFocused();
  await expect(editor.getByRole("textbox")).toHaveValue("two");
  expect(await violations(page)).toEqual([]);
  await editor.getByRole("textbox").fill("two, better");
  await page.getByTestId("edit-send").click();
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("Answer 1 to two, better");
  await expect(atMessage(page, 1)).toHaveText("2 / 2");
  const request = model?.requests.at(-1)?.body.messages.filter(({ role }) => role === "user") ?? [];
  expect(request.map(({ content }) => content)).toEqual(["one", "two, better"]);
  await expect(other.getByTestId("turn")).toHaveCount(2);
  await expect(atMessage(other, 1)).toHaveText("2 / 2");

  await atMessage(page, 1).getByTestId("branch-previous").click();
  for (const tab of [page, other]) {
    await expect(tab.getByTestId("turn")).toHaveCount(3);
    await expect(tab.getByTestId("user-message")).toHaveText(["one", "two", "three"]);
    await expect(atMessage(tab, 1)).toHaveText("1 / 2");
    await expect(tab.getByRole("status").filter({ hasText: "Version 1 of 2 is shown" })).toHaveCount(1);
    await expectPageEqualsLog(tab, gateway);
  }
  await say(other, "four");
  await expect(page.getByTestId("turn")).toHaveCount(4);
  await ended(page, "done");
  await other.reload();
  await expect(other.getByTestId("user-message")).toHaveText(["one", "two", "three", "four"]);
  expect(await violations(page)).toEqual([]);
});

test("BRANCH-1: regenerated, the same message is answered again beside the first answer", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await talk(page, "one");
  for (const count of [2, 3]) {
    await footer(page, 0).getByTestId("regenerate").click();
    await expect(lastTurn(page)).toContainText(`Answer ${count} to one`);
    await ended(page, "done");
    await expect(footer(page, 0).getByTestId("branch")).toHaveText(`${count} / ${count}`);
  }
  await footer(page, 0).getByTestId("branch-previous").click();
  await expect(lastTurn(page)).toContainText("Answer 2 to one");
  await expect(page.getByTestId("turn")).toHaveCount(1);
  await expectPageEqualsLog(page, gateway);
});

test("the keyboard alone edits, cancels and moves between versions; an input method is left alone", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await talk(page, "one");
  await footer(page, 0).getByTestId("edit").focus();
  await page.keyboard.press("Enter");
  const box = page.getByTestId("message-editor").getByRole("textbox");
  await expect(box).toBeFocused();
  await box.fill("never sent");
  await page.keyboard.press("Escape");
  await expect(box).toHaveCount(0);
  await expect(footer(page, 0).getByTestId("edit")).toBeFocused();
  await page.keyboard.press("Enter");
  await box.fill("一");
  for (const [key, keyCode] of [
    ["Enter", 229],
    ["Escape", 229],
  ] as const) {
    const init = { key, keyCode, isComposing: true, bubbles: true, cancelable: true };
    await box.evaluate((field, event) => field.dispatchEvent(new KeyboardEvent("keydown", event)), init);
  }
  await expect(box).toHaveValue("一");
  await page.keyboard.press("Shift+Enter");
  await expect(box).toHaveValue("一\n");
  await page.keyboard.type("deux");
  await page.keyboard.press("Enter");
  await ended(page, "done");
  await expect(page.getByTestId("user-message")).toHaveText("一\ndeux");
  const previous = atMessage(page, 0).getByTestId("branch-previous");
  await previous.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("user-message")).toHaveText("one");
  await expect(previous).toBeFocused();
  await expect(previous).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("user-message")).toHaveText("一\ndeux");
});

test("BRANCH-5: while a run is open nothing can be edited or selected, and it says why", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await talk(page, "one");
  await footer(page, 0).getByTestId("regenerate").click();
  await ended(page, "done");
  await say(page, "hang");
  await expect(lastTurn(page).getByTestId("text-block")).toBeVisible();
  for (const id of ["regenerate", "edit", "branch-previous"]) {
    const button = footer(page, 0).getByTestId(id);
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await expect(button).toHaveAttribute("title", "Possible when the run has ended");
    await button.click({ force: true });
  }
  await expect(page.getByTestId("message-editor")).toHaveCount(0);
  expect(await violations(page)).toEqual([]);
  await page.getByTestId("stop").click();
  await ended(page, "cancelled");
  await expect(footer(page, 0).getByTestId("edit")).toHaveAttribute("aria-disabled", "false");
  expect((await pageView(page))?.turns).toHaveLength(2);
});

test("another version is shown without moving what was pressed, nor the page", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await talk(page, "one", "long");
  await footer(page, 1).getByTestId("regenerate").click();
  await expect(lastTurn(page)).toContainText("Answer 2 to long, paragraph 24.");
  await ended(page, "done");
  const top = (at: "message" | "footer") =>
    (at === "message" ? atMessage(page, 1) : footer(page, 1))
      .getByTestId("branch-next")
      .evaluate((button) => Math.round(button.getBoundingClientRect().top));
  const scroller = page.locator(".scroll");
  await scroller.evaluate((element) => element.scrollTo(0, 0));
  const before = await top("message");
  await atMessage(page, 1).getByTestId("branch-previous").click();
  await expect(atMessage(page, 1)).toHaveText("1 / 2");
  expect(await top("message")).toBe(before);
  await footer(page, 1).getByTestId("branch-next").scrollIntoViewIfNeeded();
  const pressed = await top("footer");
  await footer(page, 1).getByTestId("branch-next").click();
  await expect(footer(page, 1).getByTestId("branch")).toHaveText("2 / 2");
  expect(Math.abs((await top("footer")) - pressed)).toBeLessThanOrEqual(1);
});

test("an answer is copied as Markdown and as plain text", async ({ page, context, stage }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await talk(page, "one");
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await footer(page, 0).getByRole("button", { name: "Copy answer" }).click();
  await expect.poll(clipboard).toBe("**Answer 1** to one");
  await footer(page, 0).getByTestId("turn-menu").click();
  await page.getByRole("menuitem", { name: "Copy as plain text" }).click();
  await expect.poll(clipboard).toBe("Answer 1 to one");
});

test("an answer that was cut goes on with Continue", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await talk(page, "cut");
  await page.getByTestId("continue").click();
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await expect(page.getByTestId("user-message").last()).toHaveText("Continue where you stopped.");
  await ended(page, "done");
  await expect(page.getByTestId("continue")).toBeHidden();
});

test("a run that is over before the page can draw it shows its work to whoever asked for it", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder());
  let draw = (): void => {};
  const drawable = new Promise<void>((resolve) => {
    draw = resolve;
  });
  await page.route("**/turn-groups-*.js", async (route) => {
    await drawable;
    await route.continue();
  });
  await page.goto(gateway.url);
  await page.getByTestId("composer").fill("look");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "done");
  draw();
  await expect(page.getByTestId("tool")).toHaveCount(2);
  await expect(page.getByTestId("worked")).toHaveCount(0);
});

test("the work of a run is one line when it is opened again, and opens where a call is chosen", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  await talk(page, "look");
  await expect(page.getByTestId("tool")).toHaveCount(2);
  await expect(page.getByTestId("worked")).toHaveCount(0);
  await page.reload();
  const line = page.getByTestId("worked");
  await expect(line).toContainText(/^Worked for .* s · 2 steps · 2 calls, 1 failed$/);
  await expect(page.getByTestId("tool")).toHaveCount(0);
  expect(await violations(page)).toEqual([]);
  await line.click();
  await expect(page.getByTestId("tool")).toHaveCount(2);
  await line.click();
  await expect(page.getByTestId("tool")).toHaveCount(0);
  await page.getByTestId("timeline-row").filter({ hasText: "current_time" }).first().click();
  await expect(page.getByTestId("tool")).toHaveCount(2);
});

test("BRANCH-1 ATTACH-2: a message that is edited, or answered again, keeps its files", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder());
  await page.goto(gateway.url);
  const file = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("Water the plants.") };
  await page.locator('input[type="file"]').setInputFiles(file);
  await expect(page.getByTestId("draft-file")).toHaveAttribute("data-state", "done");
  await talk(page, "one");
  await footer(page, 0).getByTestId("edit").click();
  const editor = page.getByTestId("message-editor");
  await expect(editor).toContainText("notes.txt");
  await editor.getByRole("textbox").fill("uno");
  await page.getByTestId("edit-send").click();
  await expect(lastTurn(page)).toContainText("uno");
  await ended(page, "done");
  await footer(page, 0).getByTestId("regenerate").click();
  await expect(footer(page, 0).getByTestId("branch")).toHaveText("3 / 3");
  const view = await expectPageEqualsLog(page, gateway);
  const said = [...view.aside, ...view.turns].flatMap(({ items }) => items.filter((item) => item.kind === "message"));
  expect(said.map(({ message }) => message.content)).toEqual(["one", "uno", "uno"]);
  for (const { message } of said) expect(message.attachments.map(({ name }) => name)).toEqual(["notes.txt"]);
});
