import { readFile } from "node:fs/promises";
import { reply, scriptByContent } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { violations } from "../kit/axe.ts";
import { ended, expect, say, test } from "../kit/browser-test.ts";
import { counting, exported, lines } from "./replay-files.ts";
import { offerFile, openFile } from "./replay-page.ts";

const rules = scriptByContent([{ when: /river/u, script: reply("It bends.") }]);
const share = (page: Page) => page.getByTestId("share");
const menu = (page: Page) => page.getByTestId("session-menu");
const entry = (page: Page, name: string) => page.getByRole("menuitem", { name });

test("the header shares: the link is copied, the conversation exported both ways; a new chat has nothing to share", async ({
  page,
  context,
  stage,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await expect(share(page)).toHaveCount(0);
  await expect(menu(page)).toHaveCount(0);
  await say(page, "Where does the river bend?");
  await ended(page, "done");
  await share(page).click();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: test.info().outputPath("share-light.png") });
  await entry(page, "Copy link").click();
  await expect(page.getByTestId("link-copied")).toHaveText("Link copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  for (const [name, start] of [
    ["Export as Markdown", "# Where does the river bend?"],
    ["Export as JSONL", '{"'],
  ] as const) {
    await share(page).click();
    const download = page.waitForEvent("download");
    await entry(page, name).click();
    expect((await readFile(await (await download).path(), "utf8")).startsWith(start)).toBe(true);
  }
});

test("the header's menu renames and deletes by keyboard alone, and the focus comes back to it", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "Where does the river bend?");
  await ended(page, "done");
  await menu(page).focus();
  await page.keyboard.press("Enter");
  await expect(entry(page, "Rename")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(entry(page, "Rename")).toHaveCount(0);
  await expect(menu(page)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(entry(page, "Rename")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator(".head").getByRole("textbox", { name: "Title" })).toBeFocused();
  await page.screenshot({ path: test.info().outputPath("rename-light.png") });
  await page.keyboard.type("Water");
  await page.keyboard.press("Enter");
  await expect(page.locator("h1")).toHaveText("Water");
  await expect(page.getByTestId("session-row")).toContainText("Water");
  await expect(page).toHaveTitle("Water · Millrace");
  await expect(menu(page)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(entry(page, "Delete")).toBeVisible();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${gateway.url}/`);
  await expect(page.getByTestId("session-row")).toHaveCount(0);
  await page.getByTestId("undo").click();
  await expect(page.getByTestId("session-row")).toHaveCount(1);
});

test("a log from a file is called by its title, else by its file's name; its door is no new chat", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  const title = page.locator("h1");
  await page.goto(`${gateway.url}/replay`);
  await expect(title).toHaveText("Replay");
  await expect(page).toHaveTitle("Replay · Millrace");
  await openFile(page, gateway.url, lines(counting()), "warm-up.jsonl");
  await expect(title).toHaveText("warm-up.jsonl");
  await expect(share(page)).toHaveCount(0);
  await expect(menu(page)).toHaveCount(0);
  await openFile(page, gateway.url, exported(counting()));
  await expect(title).toHaveText("Count the Python files");
  await offerFile(page, gateway.url, "no log");
  await expect(title).toHaveText("Replay");
});

test("while the page is hidden its title counts the conversations that have ended or ask, until it is seen", async ({
  page,
  context,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "Where does the river bend?");
  await ended(page, "done");
  await expect(page).toHaveTitle("Where does the river bend? · Millrace");
  const show = (state: "hidden" | "visible") =>
    page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { get: () => value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await show("hidden");
  const other = await context.newPage();
  await other.goto(page.url());
  await say(other, "And the river again?");
  await expect(page).toHaveTitle("(1) Where does the river bend? · Millrace");
  await ended(other, "done");
  await other.goto(gateway.url);
  await say(other, "A second river?");
  await expect(page).toHaveTitle("(2) Where does the river bend? · Millrace");
  await show("visible");
  await expect(page).toHaveTitle("Where does the river bend? · Millrace");
});
