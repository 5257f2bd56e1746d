import { text } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { ended, expect, expectPageEqualsLog, lastTurn, pageView, say, test } from "../kit/browser-test.ts";
import { conversation, seed } from "./seeded-sessions.ts";

const OLDER = /\/events\?after=/;
const row = (page: Page, title: string) => page.getByRole("navigation").getByText(title);
const turnsHeld = async (page: Page) => (await pageView(page))?.turns.length;
const late = (page: Page) => page.getByTestId("older-late");

/** Holds back what came before the end of a session, until the returned function is called. */
async function heldBack(page: Page): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(OLDER, async (route) => {
    await promise;
    await route.continue().catch(() => undefined);
  });
  return resolve;
}

/** The first turn in sight, and where it is. */
const place = (page: Page) =>
  page.locator(".scroll").evaluate((scroller) => {
    const edge = scroller.getBoundingClientRect().top;
    const turns = [...scroller.querySelectorAll<HTMLElement>("[data-testid=turn]")];
    const first = turns.find((turn) => turn.getBoundingClientRect().bottom > edge);
    return [first?.dataset.runId, Math.round((first?.getBoundingClientRect().top ?? 0) - edge)];
  });

/** Goes up to the beginning of the conversation that is shown, and down a little; returns where that is. */
async function readFarUp(page: Page) {
  await page.locator(".scroll").focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("turn").first()).toContainText("Question 1:");
  await page.locator(".scroll").hover();
  await page.mouse.wheel(0, 900);
  await page.waitForTimeout(400);
  return place(page);
}

/** Edits a message far up in another tab, and waits for its answer. */
async function editIn(other: Page, number: number): Promise<void> {
  const turn = other.getByTestId("turn").filter({ hasText: `Question ${number}:` });
  await other.bringToFront();
  await other.locator(".scroll").focus();
  await other.keyboard.press("Home");
  await turn.scrollIntoViewIfNeeded();
  await turn.getByTestId("user-message").hover();
  await turn.getByRole("button", { name: "Edit your message" }).first().click();
  await other.getByRole("textbox", { name: "Your message" }).fill(`Other words ${number}`);
  await other.getByRole("button", { name: "Save and send" }).click();
  await expect(lastTurn(other)).toContainText("Another answer.");
  await ended(other, "done");
}

/** Cuts the page's connection to the gateway, as long as it is "cut"; what is open then closes. */
async function connection(page: Page) {
  const sockets: { close(): Promise<void> }[] = [];
  const state = { cut: false };
  await page.routeWebSocket(/\/api\/v1\/ws/, (socket) => {
    if (state.cut) return void socket.close();
    socket.connectToServer();
    sockets.push(socket);
  });
  return {
    lose: async () => {
      state.cut = true;
      await Promise.all(sockets.splice(0).map((socket) => socket.close()));
    },
    mend: () => {
      state.cut = false;
    },
  };
}

for (const [language, words, again] of [
  ["en", "Earlier messages have not come yet.", "Try again"],
  ["zh-CN", "更早的消息还没有加载出来。", "重试"],
] as const)
  test.describe(`in ${language}`, () => {
    test.use({ locale: language });

    test("R10: a gateway that fails to give the beginning is asked ever less often, it is said, nothing moves, and it can be asked at once", async ({
      page,
      stage,
    }) => {
      const { gateway } = await stage.gateway();
      await seed(gateway.url, conversation(400), "A long one");
      await page.addInitScript(() => {
        Math.random = () => 1;
      });
      await page.goto(gateway.url);
      await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
      let asked = 0;
      await page.route(OLDER, (route) => {
        asked += 1;
        return route.fulfill({ status: 503, body: "{}" });
      });
      await row(page, "A long one").click();
      await expect(lastTurn(page)).toContainText("Answer 200.");
      await page.locator(".scroll").hover();
      while ((await page.locator(".scroll").evaluate((element) => element.scrollTop)) > 0)
        await page.mouse.wheel(0, -2_000);
      const read = await place(page);
      await expect(late(page)).toContainText(words);
      await expect(late(page)).toBeInViewport();
      expect(await place(page), "it takes no room").toEqual(read);
      // The sixth attempt comes after 7.75 s, the next one 8 s after that.
      await expect.poll(() => asked, { timeout: 10_000 }).toBe(6);
      await page.waitForTimeout(1_000);
      expect(asked).toBe(6);
      await page.unroute(OLDER);
      await late(page).getByRole("button", { name: again }).click();
      await expect.poll(() => turnsHeld(page), { timeout: 2_000 }).toBe(200);
      await expect(late(page)).toHaveCount(0);
      await expectPageEqualsLog(page, gateway);
    });
  });

test("R10: the beginning comes as soon as the network is back", async ({ page, context, stage }) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await page.addInitScript(() => {
    Math.random = () => 1;
  });
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await page.route(OLDER, (route) => route.abort());
  await row(page, "A long one").click();
  await expect(late(page)).toBeVisible();
  await context.setOffline(true);
  await page.waitForTimeout(5_000);
  await page.unroute(OLDER);
  await context.setOffline(false);
  await expect.poll(() => turnsHeld(page), { timeout: 1_500 }).toBe(200);
  await expect(late(page)).toHaveCount(0);
});

test("who was far up sees the end while the beginning does not come, and is back at the place when it does", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await seed(gateway.url, conversation(6), "A short one");
  await page.goto(gateway.url);
  await row(page, "A long one").click();
  await expect.poll(() => turnsHeld(page)).toBe(200);
  const left = await readFarUp(page);
  await row(page, "A short one").click();
  await expect(lastTurn(page)).toContainText("Answer 3.");
  await page.route(OLDER, (route) => route.fulfill({ status: 500, body: "{}" }));
  await row(page, "A long one").click();
  await expect(lastTurn(page)).toContainText("Answer 200.");
  await expect(late(page)).toHaveCount(1);
  await page.unroute(OLDER);
  await expect.poll(() => turnsHeld(page)).toBe(200);
  await expect.poll(() => place(page)).toEqual(left);
});

for (const status of [404, 410])
  test(`a session whose beginning is answered with ${status} is said to be gone, and what is shown stays`, async ({
    page,
    stage,
  }) => {
    const { gateway } = await stage.gateway();
    await seed(gateway.url, conversation(400), "A long one");
    await page.goto(gateway.url);
    await page.route(OLDER, (route) => route.fulfill({ status, body: "{}" }));
    await row(page, "A long one").click();
    await expect(page.locator(".end-note")).toContainText("does not exist, or it was deleted");
    await expect(lastTurn(page)).toContainText("Answer 200.");
    await expect(late(page)).toHaveCount(0);
  });

test("who is signed out while the beginning is on its way is asked to sign in, and reads of no deletion", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await page.goto(gateway.url);
  await page.route(OLDER, (route) => route.fulfill({ status: 401, body: "{}" }));
  const signIn = page.waitForRequest(/\/sign-in\?next=/);
  await row(page, "A long one").click();
  await signIn;
});

test("a session that is deleted in another tab while its beginning is on its way is gone, and is asked for no more", async ({
  page,
  context,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  const session_id = await seed(gateway.url, conversation(400), "A long one");
  await page.goto(gateway.url);
  let asked = 0;
  await page.route(OLDER, (route) => {
    asked += 1;
    return route.fulfill({ status: 503, body: "{}" });
  });
  await row(page, "A long one").click();
  await expect(late(page)).toBeVisible();
  await context.request.delete(`${gateway.url}/api/v1/sessions/${session_id}`, { headers: { origin: gateway.url } });
  await expect(page.locator(".end-note")).toContainText("does not exist, or it was deleted");
  await expect(late(page)).toHaveCount(0);
  const before = asked;
  await page.waitForTimeout(3_000);
  expect(asked).toBe(before);
});

test("a place that was left is found again in a session that was opened while the page was offline", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await seed(gateway.url, conversation(40), "A middle one");
  await seed(gateway.url, conversation(6), "A short one");
  const link = await connection(page);
  await page.goto(gateway.url);
  const left: Record<string, unknown> = {};
  for (const [title, turns] of [
    ["A long one", 200],
    ["A middle one", 20],
  ] as const) {
    await row(page, title).click();
    await expect.poll(() => turnsHeld(page)).toBe(turns);
    left[title] = await readFarUp(page);
  }
  for (const title of ["A middle one", "A long one"]) {
    await row(page, title).click();
    await expect.poll(() => place(page)).toEqual(left[title]);
    await link.lose();
    await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline");
    await row(page, "A short one").click();
    await row(page, title).click();
    await page.waitForTimeout(300);
    await row(page, "A short one").click();
    await row(page, title).click();
    await page.waitForTimeout(300);
    link.mend();
    await page.getByTestId("truth").getByRole("button", { name: "Try now" }).click();
    await expect.poll(() => place(page), { message: title, timeout: 15_000 }).toEqual(left[title]);
    await page.waitForTimeout(300);
    expect(await place(page), title).toEqual(left[title]);
  }
});

test("who passes through a session before it is there loses no place in it", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await seed(gateway.url, conversation(6), "A short one");
  await page.goto(gateway.url);
  await row(page, "A long one").click();
  await expect.poll(() => turnsHeld(page)).toBe(200);
  const left = await readFarUp(page);
  await row(page, "A short one").click();
  await expect(lastTurn(page)).toContainText("Answer 3.");
  const release = await heldBack(page);
  await row(page, "A long one").click();
  await expect.poll(() => turnsHeld(page)).toBe(24);
  await row(page, "A short one").click();
  release();
  await expect(lastTurn(page)).toContainText("Answer 3.");
  await row(page, "A long one").click();
  await expect.poll(() => place(page)).toEqual(left);
});

for (const how of ["edited", "selected"] as const)
  test(`a turn that is not there yet is ${how} in another tab: the page ends as it would after a reload`, async ({
    page,
    context,
    stage,
  }) => {
    const { gateway } = await stage.gateway(() => text("Another answer."));
    await seed(gateway.url, conversation(120), "A long one");
    const other = await context.newPage();
    await other.goto(gateway.url);
    await row(other, "A long one").click();
    await expect.poll(() => turnsHeld(other)).toBe(60);
    if (how === "selected") {
      await editIn(other, 3);
      await other.getByRole("button", { name: "Previous version" }).first().click();
      await expect.poll(() => turnsHeld(other)).toBe(60);
    }
    await page.goto(gateway.url);
    const release = await heldBack(page);
    await row(page, "A long one").click();
    await expect.poll(() => turnsHeld(page)).toBeGreaterThan(20);
    const before = await turnsHeld(page);
    if (how === "edited") await editIn(other, 5);
    else {
      await other.locator(".scroll").focus();
      await other.keyboard.press("Home");
      await other.getByRole("button", { name: "Next version" }).first().click();
    }
    await expect.poll(() => turnsHeld(page)).toBeLessThan(before ?? 0);
    await page.waitForTimeout(300);
    release();
    await expectPageEqualsLog(page, gateway);
    const drawn = async () => ({
      turns: await page
        .getByTestId("turn")
        .evaluateAll((all) => all.map((turn) => (turn as HTMLElement).innerText.replace(/\s+/g, " "))),
      place: await place(page),
    });
    await page.waitForTimeout(500);
    const shown = await drawn();
    await page.reload();
    await expectPageEqualsLog(page, gateway);
    await page.waitForTimeout(500);
    expect(shown).toEqual(await drawn());
  });

test("who reads a turn that took the place of one that is not there yet reads on when that comes", async ({
  page,
  context,
  stage,
}) => {
  const { gateway } = await stage.gateway(() => text("Another answer.\n\n".repeat(80), { size: 200 }));
  await seed(gateway.url, conversation(120), "A long one");
  const other = await context.newPage();
  await other.goto(gateway.url);
  await row(other, "A long one").click();
  await expect.poll(() => turnsHeld(other)).toBe(60);
  await page.goto(gateway.url);
  const release = await heldBack(page);
  await row(page, "A long one").click();
  await expect.poll(() => turnsHeld(page)).toBe(24);
  await editIn(other, 5);
  await expect.poll(() => turnsHeld(page)).toBe(1);
  await ended(page, "done");
  await page.bringToFront();
  const scrollTop = () => page.locator(".scroll").evaluate((element) => element.scrollTop);
  await expect.poll(scrollTop).toBeGreaterThan(200);
  await page.locator(".scroll").hover();
  while ((await scrollTop()) > 0) await page.mouse.wheel(0, -2_000);
  await page.waitForTimeout(300);
  const read = await place(page);
  release();
  await expect.poll(() => turnsHeld(page)).toBe(5);
  await page.waitForTimeout(300);
  expect(await place(page)).toEqual(read);
  await expectPageEqualsLog(page, gateway);
});

test("a text that was found in the part that has not come yet, or is not drawn yet, is shown when it is there", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await seed(gateway.url, conversation(400), "A long one");
  await page.goto(gateway.url);
  const find = async (words: string) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill(words);
    await page.getByRole("option").filter({ hasText: "Question 33:" }).first().click();
  };
  const release = await heldBack(page);
  await find("what does part 33 do");
  await expect(lastTurn(page)).toContainText("Answer 200.");
  await page.waitForTimeout(6_000);
  release();
  const question = page.getByTestId("user-message").filter({ hasText: "Question 33:" });
  await expect(question).toBeInViewport({ timeout: 10_000 });
});

test("a screen reader hears at once, and once, that the page is offline and that it is live again", async ({
  page,
  stage,
}) => {
  const sentence = "This sentence is one of a few that have to be heard in turn. ";
  const { gateway } = await stage.gateway(() => text(sentence.repeat(14), { size: 400 }));
  const link = await connection(page);
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    document.addEventListener("DOMContentLoaded", () =>
      new MutationObserver((changes) => {
        for (const { type, target, addedNodes } of changes) {
          const element = target instanceof Element ? target : target.parentElement;
          if (element?.closest("[aria-live=polite], [aria-live=assertive]") == null) continue;
          const nodes = type === "characterData" ? [target] : [...addedNodes];
          for (const { textContent } of nodes)
            if (/^(Offline|Live again)$/.test(textContent ?? "")) said.push(textContent!);
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true }),
    );
  });
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said);
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await say(page, "Go on");
  await ended(page, "done");
  await page.waitForTimeout(300);
  expect(await said(), "that there is a connection at last is no news").toEqual([]);
  await link.lose();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline");
  await expect.poll(said, { timeout: 500 }).toEqual(["Offline"]);
  await page.waitForTimeout(3_000);
  expect(await said(), "attempts in vain are no news").toEqual(["Offline"]);
  link.mend();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "done", { timeout: 15_000 });
  await expect.poll(said, { timeout: 500 }).toEqual(["Offline", "Live again"]);
});
