import { reply } from "@millrace/scripted-model";
import { HOSTILE } from "@millrace/web/hostile-markdown";
import type { BrowserContext, Page } from "@playwright/test";
import { ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";

const CODE = `import { open } from "./log.ts";

// what a viewer does
export async function follow(id: string): Promise<number> {
  return (await open(id)).read(1);
}`;

/** Everything that a page and its frames do which they must not. Requests to other hosts are answered with nothing. */
async function watch(context: BrowserContext, page: Page, home: string) {
  const elsewhere: string[] = [];
  const dialogs: string[] = [];
  const errors: string[] = [];
  await context.route(
    (url) => url.origin !== new URL(home).origin,
    (route) => {
      elsewhere.push(route.request().url());
      return route.fulfill({ contentType: "text/html", body: "" });
    },
  );
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    dialog.dismiss().catch(() => undefined);
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return { elsewhere, dialogs, errors };
}

test("T14 T15: a hostile answer, streamed in small pieces, fetches nothing, runs nothing and asks nothing", async ({
  context,
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(() => reply(HOSTILE.join("\n\n"), { size: 3 }));
  const seen = await watch(context, page, gateway.url);
  await page.goto(gateway.url);
  await say(page, "Tell me everything");
  await ended(page, "done");
  const answer = lastTurn(page).getByTestId("text-block");
  await expect(answer.locator("math").first()).toBeAttached();
  await expect(answer.locator("script, img, iframe, style, link, form, object, video, [onclick]")).toHaveCount(0);
  for (const link of await answer.locator("a").all()) {
    await link.dispatchEvent("click");
    await expect(page.getByTestId("leave-address")).toHaveText(/^(https?:\/\/|mailto:)/);
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("leave-address")).toHaveCount(0);
  }
  expect(seen).toEqual({ elsewhere: [], dialogs: [], errors: [] });
  expect(context.pages()).toHaveLength(1);
});

test("a link opens only after its address was shown, whole", async ({ context, page, stage }) => {
  const { gateway } = await stage.gateway(() =>
    reply(
      "Sign in at [https://bank.example](https://bank.example@evil.example/a?b=1) or ![a cat](https://pics.example/c.png).",
    ),
  );
  const seen = await watch(context, page, gateway.url);
  await page.goto(gateway.url);
  await say(page, "Where?");
  await ended(page, "done");
  await page.getByRole("link", { name: "a cat" }).click();
  await expect(page.getByTestId("leave-address")).toHaveText("https://pics.example/c.png");
  await page.getByRole("button", { name: "Cancel" }).click();
  for (const button of ["left", "middle"] as const) {
    await page.getByRole("link", { name: "https://bank.example" }).click({ button });
    await expect(page.getByTestId("leave-address")).toHaveText("https://bank.example@evil.example/a?b=1");
    await expect(page.getByTestId("leave-address").locator("b")).toHaveText("evil.example");
    if (button === "left") await page.keyboard.press("Escape");
  }
  expect(seen.elsewhere).toEqual([]);
  const [opened] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("link", { name: "Open", exact: true }).click(),
  ]);
  await opened.waitForLoadState();
  expect(await opened.evaluate(() => window.opener)).toBeNull();
  expect(seen.elsewhere).toEqual(["https://bank.example@evil.example/a?b=1"]);
});

test("code has its final height before its colours come, and is copied as it is", async ({ context, page, stage }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { gateway } = await stage.gateway(() => reply(`Look:\n\n\`\`\`ts\n${CODE}\n\`\`\`\n\nThere.`, { size: 5 }));
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await context.route(/\/worker-[^/]*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(gateway.url);
  await say(page, "Show me");
  await ended(page, "done");
  const code = lastTurn(page).locator(".code");
  await expect(code.locator("pre")).toHaveCSS("white-space", "pre");
  const before = await code.boundingBox();
  await expect(code.locator(".ink-key")).toHaveCount(0);
  release();
  await expect(code.locator(".ink-key").first()).toHaveText("import");
  await expect(code.locator(".ink-dim", { hasText: "what a viewer does" })).toBeVisible();
  expect(await code.boundingBox()).toEqual(before);
  await expect(code.locator(".code-head")).toContainText("ts");
  await code.getByRole("button", { name: "Copy code" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(CODE);
  const selected = await code.locator("code").evaluate((element) => {
    getSelection()?.selectAllChildren(element);
    return getSelection()?.toString();
  });
  expect(selected?.trimEnd()).toBe(CODE);
});

test("formulas and notes are drawn without asking anyone, and diagrams stay code", async ({ context, page, stage }) => {
  const { gateway } = await stage.gateway(() =>
    reply(
      "With $a^2 + b^2$ for $5 and $6:[^1]\n\n$$\n\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}\n$$\n\n" +
        "```mermaid\ngraph LR\n  A[Ask] --> B{Allowed?}\n  B -- yes --> C[Run]\n```\n\n[^1]: By a boy of nine.\n",
    ),
  );
  const seen = await watch(context, page, gateway.url);
  await page.goto(gateway.url);
  await say(page, "Prove it");
  await ended(page, "done");
  const answer = lastTurn(page).getByTestId("text-block");
  await expect(answer.locator("math")).toHaveCount(2);
  await expect(answer).toContainText("$5 and $6");
  await answer.getByRole("button", { name: "Note 1" }).click();
  await expect(answer.getByRole("button", { name: "Back to the text" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(answer.getByRole("button", { name: "Note 1" })).toBeFocused();
  await expect(answer.locator(".code")).toContainText("graph LR");
  expect(seen.elsewhere).toEqual([]);
});
