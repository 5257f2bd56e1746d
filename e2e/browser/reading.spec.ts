import AxeBuilder from "@axe-core/playwright";
import { type ContentRule, reply, scriptByContent, text, toolCalls } from "@millrace/scripted-model";
import type { Locator, Page } from "@playwright/test";
import { askCard, ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";
import { counting } from "./replay-files.ts";
import { conversation, seed } from "./seeded-sessions.ts";

/** Whether the browser's own search finds a text, from the beginning of the page. */
const finds = (page: Page, words: string): Promise<boolean> =>
  page.evaluate((wanted) => {
    getSelection()?.removeAllRanges();
    return (window as unknown as { find(text: string): boolean }).find(wanted);
  }, words);

/** Goes to a text that is not drawn as the browser does when its search has found it there. */
async function goTo(page: Page, place: Locator): Promise<void> {
  const id = `found-${Math.random()}`;
  await place.evaluate((element, name) => {
    element.id = name;
  }, id);
  await page.evaluate((name) => location.replace(`#${name}`), id);
}

const hidden = (page: Page, words: string) => page.getByTestId("findable").filter({ hasText: words });

test("the browser's search finds what is far away or folded away, and brings it into view", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  const far = await seed(gateway.url, conversation(80), "Far");
  const folded = await seed(gateway.url, counting(), "Folded");
  await page.goto(`${gateway.url}/s/${far}`);
  await expect(lastTurn(page)).toContainText("Answer 40.");
  const question = "Question 2: what does part 2 do?";
  await expect(page.getByTestId("user-message").filter({ hasText: question })).toHaveCount(0);
  await expect(hidden(page, question)).toHaveCount(1);
  await goTo(page, hidden(page, question));
  await expect(page.getByTestId("user-message").filter({ hasText: question })).toBeInViewport();
  await expect(hidden(page, question)).toHaveCount(0);
  await page.getByRole("log").press("End");
  expect(await finds(page, "Question 12: which is not there")).toBe(false);
  expect(await finds(page, "Question 12: what does part 12 do?")).toBe(true);
  await expect(page.getByTestId("user-message").filter({ hasText: "Question 12:" })).toBeVisible();

  await page.goto(`${gateway.url}/s/${folded}`);
  await expect(page.getByTestId("worked")).toHaveAttribute("aria-expanded", "false");
  expect(await finds(page, "look at what the README says")).toBe(true);
  expect(await finds(page, "52 tests collected")).toBe(true);
  await goTo(page, hidden(page, "52 tests collected"));
  await expect(page.getByTestId("worked")).toHaveAttribute("aria-expanded", "true");
  const thought = page.locator(".think-body");
  await expect(thought).toBeHidden();
  expect(await finds(page, "look at what the README says")).toBe(true);
  await goTo(page, thought);
  await expect(thought).toBeVisible();
  const call = page.locator('[data-testid="tool"][data-tool-call-id="c6"]');
  await goTo(page, call.getByTestId("findable"));
  await expect(call.locator("pre").filter({ hasText: "52 tests collected" })).toBeInViewport();
});

test("paper shows the work of a run that the page folds, a line for each thought and call", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(`${gateway.url}/s/${await seed(gateway.url, counting(), "Counted")}`);
  await expect(page.getByTestId("worked")).toHaveAttribute("aria-expanded", "false");
  await expect(page.getByTestId("tool")).toHaveCount(0);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByTestId("worked")).toBeVisible();
  await expect(page.getByTestId("tool")).toHaveCount(6);
  for (const line of [page.getByTestId("thinking"), page.getByTestId("tool").first()]) {
    await expect(line).toBeVisible();
    expect((await line.boundingBox())?.height).toBeLessThan(48);
  }
  await page.screenshot({ path: test.info().outputPath("print.png"), fullPage: true });
  await page.emulateMedia({ media: "screen" });
  await expect(page.getByTestId("tool")).toHaveCount(0);
  // A real print says so only as it begins, and at once needs all of it.
  const drawn = await page.evaluate(() => {
    dispatchEvent(new Event("beforeprint"));
    return document.querySelectorAll('[data-testid="tool"]').length;
  });
  expect(drawn).toBe(6);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await expect(page.getByTestId("tool")).toHaveCount(0);
});

test("paper shows the work of runs that were far away when the print began", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(`${gateway.url}/s/${await seed(gateway.url, conversation(80), "Far")}`);
  await expect(lastTurn(page)).toContainText("Answer 40.");
  const drawn = await page.evaluate(() => {
    dispatchEvent(new Event("beforeprint"));
    return document.querySelectorAll('[data-testid="tool"]').length;
  });
  expect(drawn, "every fourth of 40").toBe(10);
});

const thinks: ContentRule = {
  when: /^Think/,
  script: () => reply("It is said.", { reasoning: "A heron stands in the water.", size: 2, pace_ms: 40 }),
};

test("the browser's search finds a thought that was watched, once it is folded", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(scriptByContent([thinks]));
  await page.goto(gateway.url);
  await say(page, "Think");
  await expect(page.getByTestId("thinking").locator(".shimmer")).toBeVisible();
  await ended(page, "done");
  await expect(page.locator(".think-body")).toHaveAttribute("hidden", "until-found");
  expect(await finds(page, "A heron stands in the water")).toBe(true);
});

test("keys that move the caret in a message being edited do not move the page", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.goto(`${gateway.url}/s/${await seed(gateway.url, conversation(80), "Far")}`);
  await expect(lastTurn(page)).toContainText("Answer 40.");
  await page.getByRole("log").press("Home");
  const first = page.getByTestId("turn").filter({ hasText: "Question 1:" });
  await first.getByTestId("edit").click();
  const box = first.getByTestId("message-editor").getByRole("textbox");
  await box.press("Home");
  await box.press("End");
  await expect(page.locator(".pill")).toBeVisible();
  await expect(box).toBeInViewport();
});

test("a bar of thinking or text unfolds and shows its block, and a block its bar", async ({ page, stage }) => {
  const { gateway } = await stage.gateway();
  await page.setViewportSize({ width: 1280, height: 500 });
  await page.goto(`${gateway.url}/s/${await seed(gateway.url, counting(), "Counted")}`);
  const row = (kind: string) => page.locator(`[data-testid="timeline-row"][data-kind="${kind}"]`);
  await expect(page.getByTestId("worked")).toHaveAttribute("aria-expanded", "false");
  await row("text").first().click();
  await expect(page.getByTestId("worked")).toHaveAttribute("aria-expanded", "true");
  const first = page.getByTestId("text-block").filter({ hasText: "148 files are tracked" });
  await expect(first).toBeInViewport();
  await expect(first).toHaveAttribute("data-selected", "true");
  await row("thinking").click();
  await expect(page.locator(".think-body")).toBeInViewport();
  await expect(page.locator(".think-body")).toContainText("Count them");
  await page.screenshot({ path: test.info().outputPath("selected.png") });
  await page.getByTestId("text-block").last().click();
  await expect(row("text").last()).toHaveAttribute("aria-pressed", "true");
  const thought = page.getByTestId("thinking").getByRole("button");
  await thought.click();
  await expect(row("thinking")).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator(".think-body")).toBeHidden();
  await thought.click();
  await expect(page.locator(".think-body")).toBeVisible();
  // The range of a call's events, as the list of events counts them.
  await page.locator('[data-testid="timeline-row"][data-tool-call-id="c6"]').click();
  const events = counting().filter((event) => "tool_call_id" in event && event.tool_call_id === "c6");
  const about = events.filter(({ type }) => type !== "interaction_request");
  await expect(page.getByTestId("call-events")).toHaveText(`${about[0]?.seq}–${about.at(-1)?.seq}`);
  await expect(page.locator(".detail")).toContainText("Allowed once by");
  await page.locator(".inspector").screenshot({ path: test.info().outputPath("detail.png") });
});

const table: ContentRule = {
  when: /^Table/,
  script: () => text("Sizes:\n\n| part | bytes |\n| :--- | ---: |\n| log | 12 |\n", { size: 2, pace_ms: 60 }),
};

test("a table is one from its first letters on: no pipe is seen, and nothing moves when its divider comes", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(scriptByContent([table]));
  await page.goto(gateway.url);
  await page.evaluate(() => {
    const seen: string[] = [];
    const heights: number[] = [];
    Object.assign(window, { seen, heights });
    const look = () => {
      const block = document.querySelector('[data-testid="text-block"]');
      const words = block?.textContent ?? "";
      if (words !== seen.at(-1)) seen.push(words);
      const head = block?.querySelector("thead");
      if (head != null && block?.querySelector("td") == null) heights.push(head.getBoundingClientRect().height);
      requestAnimationFrame(look);
    };
    look();
  });
  await say(page, "Table");
  await ended(page, "done");
  const { seen, heights } = await page.evaluate(() => {
    const held = window as unknown as { seen: string[]; heights: number[] };
    return { seen: held.seen, heights: held.heights };
  });
  expect(seen.filter((words) => /[|]|--/.test(words))).toEqual([]);
  expect(seen.length).toBeGreaterThan(5);
  expect(new Set(heights).size).toBe(1);
  await expect(page.locator("td").first()).toHaveText("log");
});

const destroys: ContentRule = {
  when: /^Clean/,
  script: (_, { step }) => {
    const command = "rm -rf recordings";
    return step === 1 ? toolCalls([{ id: "c", name: "bash", arguments: { command } }]) : text("Done.");
  },
};

for (const colorScheme of ["light", "dark"] as const) {
  test(`what destroys is marked, invites nobody, and is never remembered (${colorScheme})`, async ({ page, stage }) => {
    const { gateway } = await stage.gateway(scriptByContent([destroys]), {});
    await page.emulateMedia({ colorScheme });
    await page.goto(gateway.url);
    await say(page, "Clean up");
    await expect(askCard(page)).toHaveAttribute("data-armed", "true");
    await expect(page.getByTestId("ask-danger")).toBeVisible();
    await expect(page.getByTestId("ask-arguments").locator("mark")).toHaveText(["rm -rf recordings"]);
    await expect(askCard(page).locator(".btn.primary")).toHaveCount(0);
    const option = (name: string) => askCard(page).locator(`[data-option="${name}"]`);
    // The server would remember it; the page does not offer that.
    await expect(option("allow_session")).toHaveAttribute("aria-disabled", "true");
    await expect(option("allow_once")).toHaveAttribute("aria-disabled", "false");
    await askCard(page).focus();
    await page.keyboard.press("2");
    await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "waiting");
    const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.screenshot({ path: test.info().outputPath("danger.png") });
    await option("deny").click();
    await page.getByTestId("ask-send").click();
    await ended(page, "done");
  });
}
