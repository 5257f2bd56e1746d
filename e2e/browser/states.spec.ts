import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { StoriesPage } from "./stories-page.ts";

const test = base.extend<object, { stories: StoriesPage }>({
  stories: [
    // biome-ignore lint/correctness/noEmptyPattern: the runner reads the fixture's needs from the pattern
    async ({}, use) => {
      await using stories = await StoriesPage.build();
      await use(stories);
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test.describe.configure({ mode: "default", timeout: 120_000 });

/** Every part, and each state of it that has a story. */
const STATES = {
  side: ["session-rows", "session-none"],
  truth: [
    "ready",
    "live-thinking",
    "live-writing",
    "live-running",
    "catching-up",
    "waiting",
    "offline",
    "restarting",
    "closed",
    "signed-out",
    "storage-full",
    "storage-slow",
    "storage-unavailable",
    "run-stopping",
    "run-stopped",
    "run-interrupted",
    "run-failed",
    "run-done",
  ],
  turns: [
    "starting",
    "thinking-streaming",
    "thinking-folded",
    "thinking-opened",
    "call-preparing",
    "call-next-in-line",
    "call-waiting",
    "call-running",
    "call-completed",
    "call-opened",
    "call-failed",
    "call-denied",
    "call-cancelled",
    "call-unknown",
    "call-mcp",
    "call-nested",
    "parallel",
    "steps",
    "words-streaming",
    "words",
    "words-zh",
    "retry",
    "steered",
    "prune-compact-data",
    "breaker",
    "answer-record",
    "stopping",
    "stopped",
    "error-model",
    "error-interrupted",
    "error-steps",
    "error-length",
    "error-filtered",
    "reopened",
  ],
  dock: [
    "ask-confirm",
    "ask-high-risk",
    "ask-hidden-characters",
    "ask-deny-with-reason",
    "ask-question",
    "ask-feedback",
    "ask-choice",
    "ask-breaker",
    "ask-several",
    "ask-folded",
    "ask-answered",
    "ask-unneeded",
    "ask-command-changed",
  ],
  composer: [
    "box-new",
    "box-empty",
    "box-text",
    "box-running",
    "box-running-with-text",
    "box-stopping",
    "box-queued",
    "box-outbox",
    "box-files",
    "box-signed-out",
  ],
  inspector: ["timeline-running", "timeline-done", "events", "usage", "timeline-empty"],
  empty: ["new-chat"],
} as const;
type Part = keyof typeof STATES;

/** Where the state of a story can be read. */
const SHOWN: Readonly<Record<string, string>> = {
  "call-preparing": '[data-testid="tool"][data-state="preparing"]',
  "call-next-in-line": '[data-testid="tool"][data-state="called"]',
  "call-running": '[data-testid="tool"][data-state="running"] .tail',
  "call-completed": '[data-testid="tool"][data-state="completed"]',
  "call-opened": '[data-testid="tool"] [aria-expanded="true"]',
  "call-failed": '[data-testid="tool"][data-state="failed"]',
  "call-denied": '[data-testid="tool"][data-state="denied"]',
  "call-cancelled": '[data-testid="tool"][data-state="cancelled"]',
  "call-unknown": '[data-testid="tool"][data-state="unknown"]',
  "thinking-opened": ".think-body",
  parallel: ".group-head",
  reopened: '[data-testid="worked"]',
  retry: '[data-testid="retry"]',
  breaker: '[data-testid="breaker"]',
  "answer-record": '[data-testid="ask-record"]',
  "prune-compact-data": '[data-testid="compact"]',
  "error-model": ".card.fail",
  "ask-confirm": '[data-testid="ask-card"][data-kind="permission"]',
  "ask-high-risk": '[data-testid="ask-card"]',
  "ask-hidden-characters": '[data-testid="ask-hidden"]',
  "ask-deny-with-reason": '[data-testid="ask-text"]',
  "ask-question": '[data-testid="ask-card"][data-kind="question"]',
  "ask-feedback": '[data-testid="ask-card"][data-kind="feedback"]',
  "ask-choice": '[data-testid="ask-card"][data-kind="choice"]',
  "ask-breaker": '[data-testid="ask-card"][data-kind="breaker"]',
  "ask-folded": '[data-testid="ask-folded"]',
  "ask-answered": '[data-testid="ask-settled"]',
  "ask-unneeded": '[data-testid="ask-settled"]',
  "ask-command-changed": '[data-testid="ask-refused"]',
  "box-queued": '[data-testid="queued"]',
  "box-files": '[data-testid="draft-file"][data-state="uploading"]',
  "box-running": '[data-testid="stop"]',
};

async function show(page: Page, stories: StoriesPage, part: Part, theme: string, lang: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`${stories.url}?part=${part}&theme=${theme}&lang=${lang}`);
  await expect(page.getByTestId("story")).toHaveCount(STATES[part].length);
  const names = await page.getByTestId("story").evaluateAll((all) => all.map((one) => one.getAttribute("data-story")));
  expect(names).toEqual(STATES[part]);
  await expect(page.locator(".story:not([data-pressed])")).toHaveCount(0, { timeout: 20_000 });
}

/** Everything that is wider than it may be: past the window, or past its own story. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
    for (const frame of document.querySelectorAll<HTMLElement>(".story-part"))
      if (frame.scrollWidth > frame.clientWidth + 1)
        found.push(frame.closest<HTMLElement>(".story")?.dataset.story ?? "");
    return found;
  });
}

for (const part of Object.keys(STATES) as Part[]) {
  for (const [theme, lang] of [
    ["light", "en"],
    ["dark", "en"],
    ["light", "zh-CN"],
    ["dark", "zh-CN"],
  ] as const) {
    test(`states of ${part}: all are there, fit at three widths, and axe finds nothing (${theme}, ${lang})`, async ({
      page,
      stories,
    }, info) => {
      await show(page, stories, part, theme, lang);
      for (const name of STATES[part]) {
        const story = page.locator(`[data-story="${name}"]`);
        await expect(story.locator(".story-part > *").first()).toBeAttached();
        if (part === "truth") continue;
        await expect
          .soft(story.locator(SHOWN[name] ?? ".story-part > *").first(), name)
          .toBeVisible({ timeout: 5_000 });
      }
      for (const width of [390, 820, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        expect.soft(await tooWide(page), `at ${width} px`).toEqual([]);
        if (width !== 820)
          await page.screenshot({ path: info.outputPath(`${part}-${theme}-${lang}-${width}.png`), fullPage: true });
      }
      // A key that no translation has leaves nothing behind: what is empty must not be a control or a heading.
      const words = (await page.locator(".story-part").allInnerTexts()).join("\n");
      expect(words).not.toMatch(/\{\{|\b(?:chat|call|turn|truth|ask|session|error|files|say|composer)\.[a-z_]+\b/);
      const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
      const found = violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary?.split("\n")[1]}`).join("; ")}`,
      );
      expect(found).toEqual([]);
    });
  }
}

/** Words and what they stand on, with what lies over it while it is hovered or pressed: those that the page uses. */
const PAIRS: readonly (readonly [words: string, grounds: readonly string[], over: readonly string[]])[] = [
  ["ink", ["bg", "side", "surface", "sunken", "bubble"], ["", "hover", "press"]],
  ["ink-2", ["bg", "side", "surface", "sunken"], ["", "hover", "press"]],
  ["ink-3", ["bg", "side"], ["", "hover", "press"]],
  ["ink-3", ["surface", "sunken"], ["", "hover"]],
  ["ink", ["live-soft"], [""]],
  ["ink-2", ["live-soft"], [""]],
  ["ink-3", ["live-soft"], [""]],
  ["live", ["bg", "side", "surface"], ["", "hover", "press"]],
  ["live", ["live-soft"], [""]],
  ["wait", ["bg", "side", "surface"], ["", "hover"]],
  ["fail", ["bg", "side", "surface", "fail-soft"], ["", "hover"]],
  ["on-live", ["live-solid", "live-solid-2"], [""]],
];

for (const theme of ["light", "dark"]) {
  test(`words can be read on everything they stand on, hovered and pressed too (${theme})`, async ({
    page,
    stories,
  }) => {
    await page.goto(`${stories.url}?part=empty&theme=${theme}`);
    await expect(page.getByTestId("story")).toHaveCount(1);
    const low = await page.evaluate((pairs) => {
      const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
      const value = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
      const luminance = (colours: string[]) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) {
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
        }
        const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
        const [red, green, blue] = parts.map((part) =>
          part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
      };
      return pairs.flatMap(([words, grounds, over]) =>
        grounds.flatMap((ground) =>
          over.flatMap((cover) => {
            const under = [value(ground), ...(cover === "" ? [] : [value(cover)])];
            const [one, other] = [luminance(under), luminance([...under, value(words)])];
            const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
            return ratio < 4.5 ? [`${words} on ${ground} ${cover}: ${ratio.toFixed(2)}`] : [];
          }),
        ),
      );
    }, PAIRS);
    expect(low).toEqual([]);
  });
}
