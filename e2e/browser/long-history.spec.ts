import type { Page } from "@playwright/test";
import { expect, expectPageEqualsLog, lastTurn, pageView, test } from "../kit/browser-test.ts";
import { conversation, seed } from "./seeded-sessions.ts";

/** Holds back what came before the end of a session, until the returned function is called. */
async function heldBack(page: Page): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(/\/events\?after=/, async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

const row = (page: Page, title: string) => page.getByRole("navigation").getByText(title);
const scrollTop = (page: Page) => page.locator(".scroll").evaluate((element) => element.scrollTop);
const turnsHeld = async (page: Page) => (await pageView(page))?.turns.length;
/** The first turn in sight, and where it is. */
const place = (page: Page) =>
  page.locator(".scroll").evaluate((scroller) => {
    const edge = scroller.getBoundingClientRect().top;
    const turns = [...scroller.querySelectorAll<HTMLElement>("[data-testid=turn]")];
    const first = turns.find((turn) => turn.getBoundingClientRect().bottom > edge);
    return [first?.dataset.runId, Math.round((first?.getBoundingClientRect().top ?? 0) - edge)];
  });

test("the end of a long conversation is there before its beginning; what is read stays where it is when that comes", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await page.goto(gateway.url);
  const release = await heldBack(page);
  await row(page, "A long one").click();
  await expect(lastTurn(page)).toContainText("Answer 200.");
  await expect(lastTurn(page)).toBeInViewport();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "done");
  expect(await turnsHeld(page)).toBe(24);
  const run = page.locator(".inspector .pane-bar b");
  await expect(run, "its number is not known yet").toHaveText("Run …");
  await page.evaluate(() => {
    for (const turn of document.querySelectorAll<HTMLElement>("[data-testid=turn]")) turn.dataset.drawn = "before";
  });

  await page.locator(".scroll").hover();
  while ((await scrollTop(page)) > 0) await page.mouse.wheel(0, -2_000);
  await expect(page.getByTestId("turn").first()).toContainText("Question 177:");
  await page.waitForTimeout(300);
  const read = await place(page);
  release();
  await expect.poll(() => turnsHeld(page)).toBe(200);
  await expect(run).toHaveText("Run 200");
  expect(await place(page)).toEqual(read);
  await expect(page.locator(".pill")).toHaveText("Latest");
  await expect(lastTurn(page), "what was drawn stays").toHaveAttribute("data-drawn", "before");
  await expectPageEqualsLog(page, gateway);

  await page.mouse.wheel(0, -400);
  await expect(page.getByTestId("user-message").filter({ hasText: "Question 176:" })).toBeInViewport();
});

test("who asks for the beginning of a conversation before it has come is there when it comes", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await page.goto(gateway.url);
  const release = await heldBack(page);
  await row(page, "A long one").click();
  await expect(lastTurn(page)).toContainText("Answer 200.");
  await page.locator(".scroll").focus();
  await page.keyboard.press("Home");
  await expect.poll(() => scrollTop(page)).toBe(0);
  release();
  await expect(page.getByTestId("turn").first()).toContainText("Question 1:");
  await expect(page.getByTestId("turn").first()).toBeInViewport();
  expect(await scrollTop(page)).toBe(0);
});

test("a place far up that was left is found again, and the end is not shown first", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await seed(gateway.url, conversation(6), "A short one");
  await page.goto(gateway.url);
  await row(page, "A long one").click();
  await expect.poll(() => turnsHeld(page)).toBe(200);
  await page.locator(".scroll").focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("turn").first()).toContainText("Question 1:");
  await page.locator(".scroll").hover();
  await page.mouse.wheel(0, 900);
  await page.waitForTimeout(400);
  const left = await place(page);
  await row(page, "A short one").click();
  await expect(lastTurn(page)).toContainText("Answer 3.");
  const release = await heldBack(page);
  await row(page, "A long one").click();
  await expect.poll(() => turnsHeld(page)).toBe(24);
  await page.waitForTimeout(200);
  await expect(page.getByTestId("turn")).toHaveCount(0);
  release();
  await expect.poll(() => place(page)).toEqual(left);
});

test("a message that is sent while the beginning is still to come is answered, and nothing is missing then", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await page.goto(gateway.url);
  const release = await heldBack(page);
  await row(page, "A long one").click();
  await expect(lastTurn(page)).toContainText("Answer 200.");
  await page.getByTestId("composer").fill("And now?");
  await page.getByTestId("composer").press("Enter");
  await expect.poll(() => turnsHeld(page)).toBe(25);
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done", { timeout: 30_000 });
  release();
  const { turns } = await expectPageEqualsLog(page, gateway);
  expect(turns).toHaveLength(201);
  await expect(lastTurn(page)).toBeInViewport();
});
