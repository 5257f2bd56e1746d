import { ended, expect, lastTurn, pageView, say, test } from "../kit/browser-test.ts";
import { asFile, counting, exported } from "./replay-files.ts";
import { drop } from "./replay-page.ts";

/** Waits until what is loaded ahead has come. */
const LOADED = /\/assets\/(?:open-file|settings|menu)-[^/]*\.js$/;

test("what was never opened opens while the server is away: it was loaded when the page had time", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  const loaded = new Set<string>();
  page.on("requestfinished", (request) => {
    const name = LOADED.exec(request.url())?.[0].split("-")[0];
    if (name !== undefined) loaded.add(name);
  });
  await page.goto(gateway.url);
  await say(page, "What weekday is it?");
  await ended(page, "done");
  await expect.poll(() => loaded.size).toBe(3);
  await gateway.kill();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline");
  await lastTurn(page).getByTestId("turn-menu").click();
  await expect(page.getByRole("menuitem", { name: "Copy as plain text" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByTestId("language").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await page.getByTestId("language").click();
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await drop(page, exported(counting()), "saved.jsonl");
  await expect(page.getByTestId("replay")).toContainText("It stays on this device");
  expect((await pageView(page))?.turns).toHaveLength(1);
  await expect(page.getByTestId("part-failed")).toHaveCount(0);
});

test("a part that cannot be loaded says so, and is tried again by hand and as soon as there is a network", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  // Nothing is loaded ahead for a reader who saves data.
  await page.addInitScript(() => {
    Object.defineProperty(navigator, "connection", { value: { saveData: true } });
  });
  let away = true;
  await page.route(/\/assets\/(?:open-file|settings)-[^/]*\.js$/, (route) => (away ? route.abort() : route.continue()));
  await page.goto(gateway.url);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  const said = page.getByTestId("part-failed");
  await expect(said).toHaveCount(0);
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(said).toContainText("A part of this page could not be loaded.");
  await page.screenshot({ path: test.info().outputPath("part-failed.png") });
  await said.getByRole("button", { name: "Try again" }).click();
  await expect(said).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  away = false;
  await said.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expect(said).toHaveCount(0);
  await page.keyboard.press("Escape");
  away = true;
  await page.goto(`${gateway.url}/replay`);
  await page.getByTestId("replay-file").setInputFiles(asFile(exported(counting())));
  await expect(said).toBeVisible();
  await expect(page.getByTestId("replay")).toHaveCount(0);
  away = false;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(page.getByTestId("replay")).toBeVisible();
  await expect(said).toHaveCount(0);
});
