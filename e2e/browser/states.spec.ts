import { resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { StoriesPage } from "./stories-page.ts";
import { PAGES, type Part, SHOWN, STATES } from "./story-names.ts";

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

const LOOKS = [
  ["light", "en"],
  ["dark", "en"],
  ["light", "zh-CN"],
  ["dark", "zh-CN"],
] as const;

test.describe.configure({ mode: "default", timeout: 120_000 });

const PICTURE = resolve(import.meta.dirname, "../../apps/web/public/icon-192.png");
/** A key that no translation has, or a place in one that nothing fills. */
const UNTRANSLATED =
  /\{\{|\b(?:app|chat|call|turn|truth|ask|session|error|files|say|composer|settings|palette|replay|toast|share|side|keys|about|notify|endpoints|empty)\.[a-z_]+\b/;

async function show(page: Page, stories: StoriesPage, part: Part, theme: string, lang: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await servePicture(page);
  await page.goto(`${stories.url}?part=${part}&theme=${theme}&lang=${lang}`);
  await expect(page.getByTestId("story")).toHaveCount(STATES[part].length);
  const names = await page.getByTestId("story").evaluateAll((all) => all.map((one) => one.getAttribute("data-story")));
  expect(names).toEqual(STATES[part]);
  await expect(page.locator(".story:not([data-pressed])")).toHaveCount(0, { timeout: 20_000 });
}

/** A picture that was uploaded; every other one is missing. */
async function servePicture(page: Page): Promise<void> {
  await page.route("**/api/v1/attachments/picture", (route) => route.fulfill({ path: PICTURE }));
}

/** The page where it is too wide, and what floats above it and is cut by the window's edge. */
function beyondTheWindow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
    for (const floating of document.querySelectorAll("dialog[open], .menu, .toast")) {
      const { left, right } = floating.getBoundingClientRect();
      if (left < 0 || right > innerWidth) found.push(floating.className);
    }
    return found;
  });
}

/** Changes what is open to another theme and language, without loading it again. */
async function wear(page: Page, theme: string, lang: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `theme=${theme}&lang=${lang}`);
  await expect(page.locator(`html[data-theme="${theme}"][lang="${lang}"]`)).toBeAttached();
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

/** What axe has against the page as it is. */
async function axe(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary?.split("\n")[1]}`).join("; ")}`,
  );
}

for (const part of Object.keys(STATES) as Part[]) {
  for (const [theme, lang] of LOOKS) {
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
          .toBeVisible({ timeout: 10_000 });
      }
      for (const width of [390, 820, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        expect.soft(await tooWide(page), `at ${width} px`).toEqual([]);
        if (width !== 820)
          await page.screenshot({ path: info.outputPath(`${part}-${theme}-${lang}-${width}.png`), fullPage: true });
      }
      const words = (await page.locator(".story-part").allInnerTexts()).join("\n");
      expect(words).not.toMatch(UNTRANSLATED);
      expect(await axe(page)).toEqual([]);
    });
  }
}

for (const part of Object.keys(PAGES) as (keyof typeof PAGES)[]) {
  test(`pages of ${part}: all are there`, async ({ page, stories }) => {
    await page.goto(`${stories.url}?part=${part}`);
    const all = page.getByTestId("story");
    await expect(all).toHaveCount(PAGES[part].length);
    expect(await all.evaluateAll((some) => some.map((one) => one.getAttribute("data-story")))).toEqual(PAGES[part]);
  });
  for (const name of PAGES[part])
    test(`page ${name}: its state is shown in each theme and language, fits at two widths, and axe finds nothing`, async ({
      page,
      stories,
    }, info) => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      await page.goto(`${stories.url}?story=${name}&theme=light&lang=en`);
      await expect(page.locator("body[data-pressed]")).toBeVisible({ timeout: 20_000 });
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        for (const [theme, lang] of LOOKS) {
          await wear(page, theme, lang);
          const where = `${theme}, ${lang}, ${width} px`;
          await page.screenshot({ path: info.outputPath(`${name}-${theme}-${lang}-${width}.png`) });
          expect.soft(await beyondTheWindow(page), where).toEqual([]);
          if (width !== 1280) continue;
          await expect.soft(page.locator(SHOWN[name] ?? name).first(), where).toBeVisible({ timeout: 10_000 });
          expect.soft(await page.locator("body").innerText(), where).not.toMatch(UNTRANSLATED);
          expect.soft(await axe(page), where).toEqual([]);
        }
      }
    });
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
