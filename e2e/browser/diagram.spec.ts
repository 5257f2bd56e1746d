import { reply } from "@millrace/scripted-model";
import type { BrowserContext, Locator, Page, Request } from "@playwright/test";
import { ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";
import { HOSTILE_DIAGRAMS } from "./hostile-diagrams.ts";

const FLOW = "graph LR\n  A[Ask] --> B{Allowed?}\n  B -- yes --> C[Run]";
const fence = (code: string): string => `\`\`\`mermaid\n${code}\n\`\`\``;

/** What a page and its frames ask for, open and say. Requests to other hosts are answered with nothing. */
async function watch(context: BrowserContext, page: Page, home: string) {
  const elsewhere: string[] = [];
  const dialogs: string[] = [];
  const asked: Request[] = [];
  await context.route(
    (url) => url.origin !== new URL(home).origin && url.protocol !== "data:",
    (route) => {
      elsewhere.push(route.request().url());
      return route.fulfill({ contentType: "text/html", body: "" });
    },
  );
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    dialog.dismiss().catch(() => undefined);
  });
  page.on("request", (request) => asked.push(request));
  /** Paths that were asked for from now on, without what the frame's policy kept from leaving the browser. */
  const since = (): (() => string[]) => {
    const from = asked.length;
    return () =>
      asked
        .slice(from)
        .filter((request) => request.failure()?.errorText !== "csp")
        .map((request) => new URL(request.url()).pathname);
  };
  return { elsewhere, dialogs, asked, since };
}

async function answered(page: Page, url: string): Promise<Locator> {
  await page.goto(url);
  await say(page, "Draw it");
  await ended(page, "done");
  return lastTurn(page).locator(".code");
}

const draw = (code: Locator): Promise<void> => code.getByRole("button", { name: "Draw the diagram" }).click();
const drawn = (code: Locator): Promise<void> =>
  expect(code.getByTestId("diagram")).toHaveAttribute("data-phase", "drawn", { timeout: 20_000 });

test("T15: a diagram is drawn on a click, in a frame that can reach nothing, and is code again on another", async ({
  context,
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(() => reply(`Here:\n\n${fence(FLOW)}\n\n\`\`\`txt\nlet a;\n\`\`\``));
  const seen = await watch(context, page, gateway.url);
  const code = (await answered(page, gateway.url)).first();
  expect(seen.asked.map((request) => request.url()).filter((asked) => asked.endsWith("/diagram.html"))).toEqual([]);
  await expect(page.getByRole("button", { name: "Draw the diagram" })).toHaveCount(1);
  const asked = seen.since();
  await draw(code);
  await drawn(code);
  expect(asked().filter((path) => !/^\/assets\/diagram[\w-]*\.js$/.test(path))).toEqual(["/diagram.html"]);
  const frame = page.frames().find((each) => each.url().endsWith("/diagram.html"));
  await expect(code.frameLocator("iframe").locator("svg")).toContainText("Allowed?");
  await expect(code.frameLocator("iframe").locator("foreignObject")).toHaveCount(0);
  const reached = await frame?.evaluate(async () => {
    const tried = async (attempt: () => unknown): Promise<string> => {
      try {
        return String(await attempt());
      } catch {
        return "refused";
      }
    };
    return {
      origin: self.origin,
      parent: await tried(() => parent.document.title),
      storage: await tried(() => localStorage.length),
      cookie: await tried(() => document.cookie),
      api: await tried(() => fetch("/api/v1/sessions")),
      popup: await tried(() => window.open("/")),
    };
  });
  expect(reached).toEqual({
    origin: "null",
    parent: "refused",
    storage: "refused",
    cookie: "refused",
    api: "refused",
    popup: "null",
  });
  const height = async (): Promise<number> => (await code.getByTestId("diagram").boundingBox())?.height ?? 0;
  const before = await height();
  expect(before).toBeGreaterThan(40);
  await page.evaluate(() => window.postMessage({ type: "drawn", height: 1_999 }, "*"));
  await page.evaluate(() => window.postMessage({ type: "failed" }, "*"));
  await drawn(code);
  expect(await height()).toBe(before);
  await code.getByRole("button", { name: "Show code" }).click();
  await expect(code.locator("pre")).toContainText("graph LR");
  await expect(code.locator("iframe")).toHaveCount(0);
  expect(seen).toMatchObject({ elsewhere: [], dialogs: [] });
});

for (const [kind, diagrams] of Object.entries(HOSTILE_DIAGRAMS)) {
  test(`T14 T15 T16: hostile ${kind} run nothing, fetch nothing, lead nowhere`, async ({ context, page, stage }) => {
    test.setTimeout(180_000);
    const { gateway } = await stage.gateway(() => reply(diagrams.map(fence).join("\n\n")));
    const seen = await watch(context, page, gateway.url);
    const blocks = await answered(page, gateway.url);
    await expect(blocks).toHaveCount(diagrams.length);
    const asked = seen.since();
    let count = 0;
    for (const code of await blocks.all()) {
      await draw(code);
      await expect(code.locator("[data-phase=drawn], [data-testid=not-drawn]")).toBeAttached({ timeout: 20_000 });
      if ((await code.locator("iframe").count()) === 0) continue;
      count += 1;
      const drawing = code.frameLocator("iframe").locator("#drawing");
      const live = "script, iframe, object, embed, form, [href]:not([href^='#']), [onclick], [onerror], [onload]";
      await expect(drawing.locator(live)).toHaveCount(0);
      await drawing.evaluate((place) => {
        for (const element of place.querySelectorAll("*"))
          element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
      });
      const link = drawing.locator("a, .clickable").first();
      if ((await link.count()) > 0) await link.click({ force: true });
      await expect(drawing.locator("svg").first()).toBeVisible();
      expect((await code.getByTestId("diagram").boundingBox())?.height).toBeLessThanOrEqual(2_000);
      await code.getByRole("button", { name: "Show code" }).click();
    }
    // The corpus is worth something only while most of it is drawn.
    expect(count).toBeGreaterThan(diagrams.length / 2);
    const own = /^\/(?:diagram\.html|assets\/diagram[\w-]*\.js)$/;
    expect(asked().filter((path) => !own.test(path))).toEqual([]);
    expect(seen).toMatchObject({ elsewhere: [], dialogs: [] });
    expect(context.pages()).toHaveLength(1);
    expect(page.url().startsWith(gateway.url)).toBe(true);
    await expect(page.getByTestId("ask-card")).toHaveCount(0);
  });
}

test("what cannot be drawn says why, and stays code", async ({ page, stage }) => {
  const mistaken = "graph LR\n  A --> B\n  B --> [[[";
  const long = `graph LR\n${"  A[Ask] --> B[Run]\n".repeat(2_600)}`;
  const { gateway } = await stage.gateway(() => reply([mistaken, "no diagram", long].map(fence).join("\n\n")));
  const blocks = await answered(page, gateway.url);
  const words = ["there is a mistake near line 3", "diagrams of its kind are not drawn here", "it is too long"];
  for (const [index, said] of words.entries()) {
    const code = blocks.nth(index);
    await draw(code);
    await expect(code.getByTestId("not-drawn")).toContainText(said, { timeout: 20_000 });
    await expect(code.locator("pre")).toBeVisible();
    await expect(code.locator("iframe")).toHaveCount(0);
  }
});

test("a diagram that never ends is given up after five seconds, and the page goes on meanwhile", async ({
  context,
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(() => reply(fence(FLOW)));
  const script =
    "addEventListener('message', () => { for (;;); }); parent.postMessage({ type: 'ready' }, location.origin);";
  await context.route("**/diagram.html", (route) =>
    route.fulfill({ contentType: "text/html", body: `<script>${script}</script>` }),
  );
  const code = await answered(page, gateway.url);
  await draw(code);
  await expect(code.getByTestId("diagram")).toHaveAttribute("data-phase", "drawing");
  const waited = await page.evaluate(async () => {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return performance.now() - from;
  });
  expect(waited).toBeLessThan(2_000);
  await expect(code.getByTestId("not-drawn")).toContainText("longer than 5 seconds", { timeout: 10_000 });
  await expect(code.locator("iframe")).toHaveCount(0);
  await expect(code.locator("pre")).toContainText("graph LR");
});

test("a diagram is drawn again in the page's other colours", async ({ page, stage }) => {
  await page.emulateMedia({ colorScheme: "light" });
  const { gateway } = await stage.gateway(() => reply(fence(FLOW)));
  const code = await answered(page, gateway.url);
  await draw(code);
  await drawn(code);
  const ink = (): Promise<string> =>
    code
      .frameLocator("iframe")
      .locator(".edgeLabel text, .nodeLabel, text")
      .first()
      .evaluate((text) => getComputedStyle(text).fill);
  const light = await ink();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(ink, { timeout: 20_000 }).not.toBe(light);
});
