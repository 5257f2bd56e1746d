import AxeBuilder from "@axe-core/playwright";
import { reply, scriptByContent } from "@millrace/scripted-model";
import { ended, expect, say, test } from "../kit/browser-test.ts";

const rules = scriptByContent([{ when: /river/u, script: reply("It bends.\n\n```sh\necho on paper\n```") }]);

test("installable: a manifest with icons that are there, and unhashed files are asked for again", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  const href = await page.locator('link[rel="manifest"]').getAttribute("href");
  const response = await page.request.get(`${gateway.url}${href}`);
  expect(response.headers()["content-type"]).toContain("application/manifest+json");
  expect(response.headers()["cache-control"]).toBe("no-cache");
  const { icons } = (await response.json()) as { icons: { src: string; type: string }[] };
  expect(icons.length).toBeGreaterThanOrEqual(3);
  for (const { src, type } of icons) {
    const icon = await page.request.get(`${gateway.url}${src}`);
    expect([src, icon.status(), icon.headers()["content-type"]]).toEqual([src, 200, type]);
  }
  const script = await page.locator("script[type=module]").getAttribute("src");
  expect((await page.request.get(`${gateway.url}${script}`)).headers()["cache-control"]).toContain("immutable");
});

test("paper shows the conversation alone; forced colours and 200 % lose nothing", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules);
  await page.goto(gateway.url);
  await say(page, "Where does the river bend?");
  await ended(page, "done");
  await page.emulateMedia({ colorScheme: "light" });
  const ink = () => page.evaluate(() => getComputedStyle(document.body).color);
  const onLight = await ink();
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(page.getByTestId("text-block")).toBeVisible();
  for (const part of [page.locator("#side"), page.getByTestId("composer"), page.getByTestId("truth")])
    await expect(part).toBeHidden();
  // Whatever the theme of the screen.
  expect(await ink()).toBe(onLight);
  await page.screenshot({ path: test.info().outputPath("print.png"), fullPage: true });
  await page.emulateMedia({ media: "screen", forcedColors: "active" });
  await page.screenshot({ path: test.info().outputPath("forced-colors.png") });
  await page.emulateMedia({ forcedColors: "none" });
  // 200 % of a window of 1280 by 800.
  await page.setViewportSize({ width: 640, height: 400 });
  await expect(page.getByTestId("composer")).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1024, height: 768 });
  await expect(page.locator("#side")).toBeVisible();
  await page.screenshot({ path: test.info().outputPath("tablet.png") });
});

test("a hidden page's notification tells that a run has ended, and its click shows it", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(rules);
  await page.addInitScript(() => {
    const shown: { title: string; body: string; onclick?: () => void }[] = [];
    class Fake {
      static permission = "default";
      static async requestPermission() {
        Fake.permission = "granted";
        return "granted";
      }
      onclick?: () => void;
      constructor(title: string, { body }: { body: string }) {
        shown.push(Object.assign(this, { title, body }));
      }
      close() {}
    }
    Object.assign(window, { Notification: Fake, shown });
  });
  await page.goto(gateway.url);
  await page.getByTestId("settings-button").click();
  await page.getByTestId("settings-notifications").click();
  const toggle = page.getByTestId("notify");
  await expect(toggle).toHaveAttribute("aria-checked", "false");
  await toggle.click();
  await expect(toggle).toHaveAttribute("aria-checked", "true");
  await page.keyboard.press("Escape");
  await say(page, "Where does the river bend?");
  await ended(page, "done");
  const shown = () => page.evaluate(() => (window as unknown as { shown: { title: string; body: string }[] }).shown);
  expect(await shown()).toEqual([]);
  await page.evaluate(() =>
    Object.defineProperty(document, "visibilityState", { get: () => "hidden", configurable: true }),
  );
  await say(page, "And the river again?");
  await expect
    .poll(async () => (await shown()).map(({ title, body }) => [title, body]))
    .toEqual([["Where does the river bend?", "The run has ended"]]);
  await page.evaluate(() => history.pushState(null, "", "/"));
  await page.evaluate(() => dispatchEvent(new PopStateEvent("popstate")));
  await page.evaluate(() => (window as unknown as { shown: { onclick(): void }[] }).shown[0]?.onclick());
  await expect(page.locator("h1")).toHaveText("Where does the river bend?");
});

for (const [code, title] of [
  ["storage_full", "Storage full"],
  ["storage_slow", "Storage slow"],
] as const) {
  test(`the truth line says ${code}, until it is over`, async ({ page, stage }) => {
    const { gateway } = await stage.gateway(rules);
    let tell: (code: string) => void = () => undefined;
    await page.routeWebSocket(/./, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => socket.send(message));
      socket.onMessage((message) => server.send(message));
      tell = (said) => socket.send(JSON.stringify({ type: "notice", code: said, message: "" }));
    });
    await page.goto(gateway.url);
    const truth = page.getByTestId("truth");
    await expect(truth).toHaveAttribute("data-state", "ready");
    tell(code);
    await expect(truth).toHaveAttribute("data-state", "storage");
    await expect(truth).toContainText(title);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).include(".truth").analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
    }
    await page.screenshot({ path: test.info().outputPath(`${code}.png`) });
    tell("storage_ok");
    await expect(truth).toHaveAttribute("data-state", "ready");
  });
}

test("where people sign in: the way out is in the settings, and leads to the page that asks for a token", async ({
  page,
  stage,
}) => {
  const token = "a-token-of-the-owner";
  const { gateway } = await stage.gateway(rules, { env: { MILLRACE_TOKEN: token } });
  await page.goto(gateway.url);
  await expect(page).toHaveURL(/sign-in/);
  await page.locator("input").fill(token);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "ready");
  await page.getByTestId("settings-button").click();
  await page.getByTestId("settings-models").click();
  await expect(page.getByTestId("endpoint")).not.toContainText("127.0.0.1");
  await page.getByTestId("settings-about").click();
  await page.getByTestId("sign-out").click();
  await expect(page).toHaveURL(/sign-in/);
  expect((await page.request.get(`${gateway.url}/api/v1/sessions`)).status()).toBe(401);
});
