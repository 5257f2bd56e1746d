import { type Action, numberedFlood, scriptByContent, text, toolCalls } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { ended, expect, lastTurn, press, say, test } from "../kit/browser-test.ts";

const rules = () =>
  scriptByContent([
    { when: "flood", script: [...numberedFlood({ count: 5_000, pace_ms: 5 })] },
    {
      when: "work",
      script: (_, { step }): Action[] =>
        step === 1
          ? toolCalls([
              { id: "a", name: "bash", arguments: { command: "sleep 1; touch a" } },
              { id: "b", name: "current_time", arguments: {} },
            ])
          : text("Done.", { size: 1, pace_ms: 20 }),
    },
    { when: "fail", script: [{ delay_ms: 400 }, { status: 400, body: { error: { message: "No." } } }] },
    {
      when: "sleep",
      script: (_, { step }): Action[] =>
        step === 1
          ? toolCalls([{ id: "c", name: "bash", arguments: { command: "sleep 60; touch c" } }])
          : text("Nobody knows how that ended.", { size: 4, pace_ms: 20 }),
    },
  ]);

/** What says "working" anywhere on the page. */
const MOVING = ".spin, .pulse, .shimmer, .dot.running, [aria-busy=true], .b.live";

/**
 * Notes from now on, frame by frame, when a run was last seen open, and for how long after it anything was still
 * moving. Milliseconds.
 */
async function watch(page: Page): Promise<void> {
  await page.evaluate((moving) => {
    const seen = { moved: 0, outlived: 0, what: "" };
    let ended = 0;
    Object.assign(window, { outlives: seen });
    const look = () => {
      const open = document.querySelector('[data-testid=turn]:is([data-state="running"],[data-state="stopping"])');
      const marks = [...document.querySelectorAll(moving)].filter((mark) => mark.checkVisibility());
      if (open !== null) {
        ended = performance.now();
        if (marks.length > 0) seen.moved += 1;
      } else if (ended > 0 && marks.length > 0) {
        seen.outlived = performance.now() - ended;
        seen.what = marks.map((mark) => `${mark.className} in ${mark.parentElement?.className}`).join(", ");
      }
      requestAnimationFrame(look);
    };
    look();
  }, MOVING);
}

/** Fails where nothing moved during the run, or something moves more than a second after it. */
async function expectStill(page: Page): Promise<void> {
  await expect(page.locator(MOVING).filter({ visible: true })).toHaveCount(0, { timeout: 3_000 });
  const seen = await page.evaluate(
    () => (window as unknown as { outlives: { moved: number; outlived: number; what: string } }).outlives,
  );
  expect(seen.moved).toBeGreaterThan(0);
  expect(seen.outlived, seen.what).toBeLessThan(1_000);
}

test.use({ viewport: { width: 1440, height: 900 } });

for (const [how, asked, end] of [
  ["ends", "work", "done"],
  ["fails", "fail", "error"],
] as const) {
  test(`no spinner outlives a run that ${how} by more than a second`, async ({ page, stage }) => {
    const { gateway } = await stage.gateway(rules(), {});
    await page.goto(gateway.url);
    await watch(page);
    await say(page, asked);
    if (asked === "work") await press(page, "allow_once");
    await ended(page, end);
    await expectStill(page);
  });
}

for (const asked of ["flood", "sleep"] as const) {
  test(`no spinner outlives a run that is stopped by more than a second (${asked})`, async ({ page, stage }) => {
    const { gateway } = await stage.gateway(rules(), {});
    await page.goto(gateway.url);
    await watch(page);
    await say(page, asked);
    if (asked === "sleep") await press(page, "allow_once");
    await expect(
      asked === "flood"
        ? lastTurn(page).getByText("⟦000020⟧")
        : page.locator('[data-testid="tool"][data-state="running"]'),
    ).toBeVisible();
    await page.getByTestId("stop").click();
    await ended(page, "cancelled");
    await expectStill(page);
  });
}

test("no spinner outlives a run whose server was killed with a call open, once another one has ended it", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules(), {});
  await page.goto(gateway.url);
  await watch(page);
  await say(page, "sleep");
  await press(page, "allow_once");
  await expect(page.locator('[data-testid="tool"][data-state="running"]')).toBeVisible();
  await gateway.kill("SIGKILL");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline");
  await gateway.start();
  await ended(page, "done", 45_000);
  await expect(page.getByTestId("tool")).toHaveAttribute("data-state", "unknown");
  await expectStill(page);
});
