import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ended, expect, say, test } from "../kit/browser-test.ts";

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on the empty page, a run and its end (${colorScheme})`, async ({ page, stage }) => {
    const { gateway } = await stage.gateway();
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto(gateway.url);
    await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
    expect(await violations(page)).toEqual([]);
    await say(page, "Compare the README with the time: do two things at once");
    await expect(page.getByTestId("tool").first()).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await ended(page, "done");
    await page.getByTestId("tool").first().click();
    expect(await violations(page)).toEqual([]);
  });
}
