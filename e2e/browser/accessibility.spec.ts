import { violations } from "../kit/axe.ts";
import { ended, expect, say, test } from "../kit/browser-test.ts";

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
