import AxeBuilder from "@axe-core/playwright";
import { type Action, type ContentRule, scriptByContent, text, toolCalls } from "@millrace/scripted-model";
import type { Page, WebSocketRoute } from "@playwright/test";
import { ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";

const answer: ContentRule = {
  when: /^Tell me/,
  script: (_, { step }): Action[] =>
    step === 1
      ? [
          ...text("First I look at the clock. ", { size: 3, pace_ms: 15 }),
          ...toolCalls([{ id: "t", name: "current_time", arguments: {} }]),
        ]
      : text(
          "It is late. Then it is **early again**.\n\n```sh\ndate\ndate -u\necho $?\n```\n\n| zone | time |\n| --- | --- |\n| UTC | 9 |\n\nAnd more.",
          { size: 2, pace_ms: 15 },
        ),
};
const slow: ContentRule = {
  when: /^Slowly/,
  script: () => text("One came. Two came. Three came. Four came.", { size: 2, pace_ms: 400 }),
};
const long: ContentRule = {
  when: /^Go on/,
  script: () => text("This sentence is one of very many that nobody can hear in time. ".repeat(200), { size: 400 }),
};

/** Writes down what the live regions say from now on, and how often something in the transcript would be read. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    const isLive = (node: Node | null): Element | null => {
      const element = node instanceof Element ? node : (node?.parentElement ?? null);
      const region = element?.closest("[aria-live], [role=status], [role=alert], [role=log]") ?? null;
      return region?.getAttribute("aria-live") === "off" ? null : region;
    };
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        if (isLive(target) === null) continue;
        // What is added to a region is read, not what the region held before.
        const added = [...addedNodes].map((node) => node.textContent ?? "");
        const words = (added.length > 0 ? added : [target.textContent ?? ""]).join(" ").trim();
        if (words !== "") heard.push(words);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

const heard = (page: Page): Promise<string[]> => page.evaluate(() => (window as unknown as { heard: string[] }).heard);

test("a screen reader hears each sentence, code by its size, calls as they begin and end, never the tokens", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(scriptByContent([answer]));
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await listen(page);
  await say(page, "Tell me all");
  await expect.poll(async () => (await heard(page)).join(" "), { timeout: 20_000 }).toContain("First I look");
  await ended(page, "done");
  await expect.poll(async () => (await heard(page)).at(-1), { timeout: 30_000 }).toBe("Done");
  const all = await heard(page);
  // A call that is over in the frame in which it begins has no beginning of its own.
  expect(all.join(" ").replace("current_time started ", "")).toBe(
    "Run started First I look at the clock. current_time finished " +
      "It is late. Then it is early again. Code block, sh, 3 lines Table, 2 columns, 1 row And more. Done",
  );
  await expect(page.getByRole("log")).toHaveAttribute("aria-live", "off");
  await expect(lastTurn(page)).toHaveAttribute("aria-busy", "false");
});

test("a screen reader is not left minutes behind: what is too much is left out and named, and Stop is heard at once", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(
    scriptByContent([long, { when: "wait", script: [...text("One. Two. "), { hang: true }] }]),
  );
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await page.clock.install();
  await listen(page);
  await say(page, "Go on");
  await ended(page, "done");
  await page.clock.runFor(180_000);
  // To the client, so long without a frame is a line that was lost: that it is live again may be said last.
  const ofTheRun = async () => (await heard(page)).filter((words) => words !== "Offline" && words !== "Live again");
  await expect.poll(async () => (await ofTheRun()).at(-1)).toBe("Done");
  const all = await heard(page);
  expect(all.join(" ").length).toBeLessThan(4_000);
  expect(all.filter((words) => words.startsWith("Some of the answer was left out"))).toHaveLength(1);
  await say(page, "wait");
  await expect(page.getByTestId("stop")).toBeVisible({ timeout: 20_000 });
  await expect(lastTurn(page)).toContainText("Two.", { timeout: 20_000 });
  await page.getByTestId("stop").click();
  await ended(page, "cancelled");
  await expect.poll(async () => (await ofTheRun()).at(-1)).toBe("Stopped");
});

test("a screen reader hears the rest of an answer, and that it is done, when that came while the page was offline", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(scriptByContent([slow]));
  const sockets: WebSocketRoute[] = [];
  let cut = false;
  await page.routeWebSocket(/\/api\/v1\/ws/, (socket) => {
    if (cut) return socket.close();
    socket.connectToServer();
    sockets.push(socket);
  });
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await listen(page);
  await say(page, "Slowly");
  await expect.poll(async () => (await heard(page)).join(" "), { timeout: 20_000 }).toContain("Two came.");
  cut = true;
  await sockets.at(-1)?.close();
  await expect.poll(async () => (await heard(page)).at(-1)).toBe("Offline");
  const sessions = `${gateway.url}/api/v1/sessions`;
  await expect
    .poll(async () => JSON.stringify(await (await fetch(sessions)).json()), { timeout: 20_000 })
    .toContain('"status":"idle"');
  cut = false;
  await expect(lastTurn(page)).toHaveAttribute("data-state", "done", { timeout: 20_000 });
  await expect.poll(async () => (await heard(page)).at(-1), { timeout: 20_000 }).toBe("Done");
  expect((await heard(page)).join(" ")).toBe(
    "Run started One came. Two came. Offline Live again Three came. Four came. Done",
  );
});

test("the focus is visible wherever Tab leads, in the order of the page", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "What weekday is it?");
  await ended(page, "done");
  // Tab then begins at the page's beginning.
  await page.reload();
  await ended(page, "done");
  await expect(page.getByTestId("timeline-row").first()).toBeVisible();
  const edge = () => page.locator(".composer").evaluate((box) => getComputedStyle(box).borderColor);
  const quiet = await edge();
  const seen: string[] = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      const style = getComputedStyle(element);
      const ring = style.boxShadow !== "none" || style.outlineStyle !== "none";
      const box = element.getBoundingClientRect();
      const region = element.closest("nav, main, aside")?.tagName ?? "BODY";
      const name = element.getAttribute("aria-label") ?? element.textContent?.slice(0, 30) ?? "";
      return { region, ring, name: `${element.tagName} ${element.id} ${name}`, seen: box.width > 0 && box.height > 0 };
    });
    if (at === null) break;
    const shown = at.name.startsWith("TEXTAREA composer") ? (await edge()) !== quiet : at.ring;
    expect.soft({ ...at, shown }, at.name).toMatchObject({ shown: true, seen: true });
    seen.push(at.region);
  }
  const order = seen.filter((region, index) => region !== seen[index - 1]);
  expect(order).toEqual(["BODY", "NAV", "MAIN", "ASIDE"]);
});

test("at 200 % nothing is lost: the page is one column, and all of it is within its width", async ({ page, stage }) => {
  // 1280 × 800 px at 200 % have room for 640 × 400.
  await page.setViewportSize({ width: 640, height: 400 });
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await say(page, "Compare the README with the time: do two things at once");
  await ended(page, "done");
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await expect(page.getByTestId("composer")).toBeInViewport();
  await expect(page.getByTestId("truth")).toBeInViewport();
  await page.getByTestId("composer").fill("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight");
  await expect(page.getByTestId("send")).toBeInViewport();
  const room = await page.locator(".scroll").evaluate((element) => element.clientHeight);
  expect(room, "pixels that are left for the conversation").toBeGreaterThan(60);
});

test("with less motion nothing moves; with forced colours marks keep their shape and controls their edges", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(scriptByContent([{ when: "slow", script: [{ hang: true }] }]));
  await page.emulateMedia({ reducedMotion: "reduce", forcedColors: "active" });
  await page.goto(gateway.url);
  await say(page, "slow");
  await expect(page.getByTestId("stop")).toBeVisible();
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  const marks = await page
    .locator(".truth .mark > *")
    .evaluateAll((all) => all.map((one) => getComputedStyle(one).forcedColorAdjust));
  expect(marks.length).toBeGreaterThan(0);
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa"])
    .disableRules(["color-contrast"])
    .analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});
