import { reply, scriptByContent } from "@millrace/scripted-model";
import { violations } from "../kit/axe.ts";
import { ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";

const columns = Array.from({ length: 12 }, (_, index) => `value_that_is_long_${index}`);
const WIDE = [
  "Before the note.[^1]",
  `$$\n${columns.map((_, index) => `x_{${index}}^2 + y_{${index}}^2`).join(" + ")} = 0\n$$`,
  `| ${columns.join(" | ")} |\n|${"---|".repeat(12)}\n| ${columns.join(" | ")} |`,
  "[^1]: A note.",
].join("\n\n");
const ARABIC =
  "شغّل `npm install` ثم انظر.\n\n- العنصر الأول\n- English\n\n| الاسم | القيمة |\n|--|--|\n| وقت | 7 |\n\nEnglish words.";
const rules = scriptByContent([
  { when: "wide", script: reply(WIDE) },
  { when: /./u, script: reply(ARABIC) },
]);

test("what is wider than the page is reached by keyboard, has a name, and is whole on paper", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "wide");
  await ended(page, "done");
  const answer = lastTurn(page).getByTestId("text-block");
  const formula = answer.getByRole("group", { name: "Formula" });
  await formula.focus();
  await expect(formula).toBeFocused();
  expect(await formula.evaluate((one) => one.scrollWidth > one.clientWidth)).toBe(true);
  expect(await violations(page)).toEqual([]);

  // An A4 page without its margins.
  await page.setViewportSize({ width: 718, height: 1_000 });
  await page.emulateMedia({ media: "print" });
  await expect(answer.locator(".note-mark")).toHaveText("1");
  await expect(answer.locator(".note-mark")).toBeVisible();
  const beyond = () =>
    answer.evaluate((one) => {
      const end = one.getBoundingClientRect().right;
      return [...one.querySelectorAll("math, math *, table, td, th")].filter(
        (part) => part.getBoundingClientRect().right > end + 1,
      ).length;
    });
  await expect.poll(beyond).toBe(0);
  await page.screenshot({ path: test.info().outputPath("paper.png"), fullPage: true });
  await page.emulateMedia({ media: "screen" });
  await expect.poll(beyond).toBeGreaterThan(0);
});

test("words run the way their script does, and code from the left", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await page.getByTestId("composer").fill("مرحبا");
  await expect(page.getByTestId("composer")).toHaveCSS("direction", "rtl");
  await page.getByTestId("composer").fill("Hello");
  await expect(page.getByTestId("composer")).toHaveCSS("direction", "ltr");
  await say(page, "كيف أشغّل هذا؟");
  await ended(page, "done");
  await expect(page.locator(".bubble")).toHaveCSS("direction", "rtl");
  await expect(page.locator("h1")).toHaveCSS("direction", "rtl");
  const answer = lastTurn(page).getByTestId("text-block");
  for (const words of ["p", "ul", "li", "table", "th"])
    await expect(answer.locator(words).first(), words).toHaveCSS("direction", "rtl");
  for (const words of ["p code", "li:last-child", "p:last-child"])
    await expect(answer.locator(words).first(), words).toHaveCSS("direction", "ltr");
  await page.screenshot({ path: test.info().outputPath("right-to-left.png") });
});

test("text of twice the size is not cut, and covers nothing", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "wide");
  await ended(page, "done");
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  const cut = (where: string) =>
    page.locator(where).evaluateAll((all) =>
      all
        .filter((one) => one.checkVisibility())
        .filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
        .map((one) => one.textContent),
    );
  expect(await cut(".side-tool, .hint, .tab, .model, .sess-open, .head")).toEqual([]);
  const boxes = await page.locator(".side-tool").evaluateAll((all) => all.map((one) => one.getBoundingClientRect()));
  expect(boxes[0]!.bottom).toBeLessThanOrEqual(boxes[1]!.top);
  const above = await page.locator(".ruler").evaluate((ruler) => {
    const ticks = [...ruler.querySelectorAll(".tick")].map((tick) => tick.getBoundingClientRect().top);
    return Math.min(...ticks) - ruler.getBoundingClientRect().top;
  });
  expect(above).toBeGreaterThanOrEqual(0);
  await page.locator('[data-tab="events"]').click();
  expect(await cut(".ev-chip, .ev, .ev-foot")).toEqual([]);
  await page.screenshot({ path: test.info().outputPath("large-text.png") });
});
