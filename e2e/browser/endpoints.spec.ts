import AxeBuilder from "@axe-core/playwright";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";

const KEY = "canary-browser-key-77aa";
const MANY = Array.from({ length: 36 }, (_, index) => `another-model-${index + 1}`);

const endpoint = (models: readonly string[]): Promise<ScriptedModel> =>
  startScriptedModel({ models, responder: scriptByContent([{ when: /./, script: reply("From the new endpoint.") }]) });

async function openModels(page: Page): Promise<void> {
  await page.getByTestId("settings-button").click();
  await page.getByTestId("settings-models").click();
}

async function expectNoViolation(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target}`)).toEqual([]);
}

test("HTTP-13: an endpoint is added, tested, used, edited and removed, without a restart, in every tab", async ({
  page,
  context,
  stage,
}) => {
  await using model = await endpoint(["alpha", "beta", ...MANY]);
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  const other = await context.newPage();
  await other.goto(gateway.url);
  const notice = other.locator(".demo");
  await expect(notice).toBeVisible();

  // The first page leads here.
  await page.locator(".demo button").click();
  await expect(page.getByTestId("endpoint")).toHaveAttribute("data-provider", "demo");
  await page.getByTestId("endpoint-add").click();
  const form = page.getByTestId("endpoint-form");
  await expect(form.getByLabel("Base URL")).toBeFocused();

  // What is wrong stands at its field.
  await page.getByTestId("endpoint-save").click();
  await expect(form.getByLabel("Base URL")).toBeFocused();
  await expect(form.getByLabel("Base URL")).toHaveAccessibleDescription(/begins with http/);
  await expect(page.getByTestId("endpoint-model")).toHaveAccessibleDescription(/at least one model/);
  await expectNoViolation(page);
  await page.screenshot({ path: test.info().outputPath("endpoint-wrong.png") });

  // A test that fails says why.
  await form.getByLabel("Base URL").fill("http://127.0.0.1:9/v1");
  await page.getByTestId("endpoint-test").click();
  await expect(page.getByTestId("endpoint-answer")).toContainText("Nothing answers at this address.");

  await form.getByLabel("Base URL").fill(model.url);
  await expect(form.getByLabel("Name", { exact: true })).toHaveValue("local");
  await form.getByLabel("API key").fill(KEY);
  await page.getByTestId("endpoint-test").click();
  await expect(page.getByTestId("endpoint-answer")).toContainText(/Answered in \d+\.\d+ s · 38 models found/);
  await form.getByLabel("Find a model").fill("alpha");
  await form.getByRole("checkbox", { name: "alpha" }).check();
  await form.getByLabel("Find a model").fill("beta");
  await form.getByRole("checkbox", { name: "beta" }).check();
  await page.screenshot({ path: test.info().outputPath("endpoint-tested.png") });
  await expectNoViolation(page);
  await page.getByTestId("endpoint-save").click();

  const row = page.locator('[data-testid="endpoint"][data-provider="local"]');
  await expect(row).toContainText("Key …77aa");
  await expect(row).toContainText("alpha");
  await expect(row.getByRole("button", { name: "Edit local" })).toBeFocused();
  await expect(page.locator('[data-provider="demo"]')).toHaveCount(0);
  await expectNoViolation(page);
  await page.screenshot({ path: test.info().outputPath("endpoint-saved.png") });
  await expect(notice).toHaveCount(0);

  // It answers at once, in the other tab too.
  const picker = other.getByTestId("model");
  await picker.click();
  await other.getByRole("menuitem", { name: /alpha/ }).click();
  await say(other, "Hello");
  await ended(other, "done");
  await expect(lastTurn(other)).toContainText("From the new endpoint.");

  await row.getByRole("button", { name: "Edit local" }).click();
  await form.getByRole("checkbox", { name: "alpha" }).uncheck();
  await page.getByTestId("endpoint-model").fill("another-model-1");
  await page.keyboard.press("Enter");
  await expect(form.getByRole("checkbox", { name: "another-model-1" })).toBeChecked();
  await page.screenshot({ path: test.info().outputPath("endpoint-edited.png") });
  // The kept key goes to no other address.
  await form.getByLabel("Base URL").fill("http://localhost:9/v1");
  await page.getByTestId("endpoint-save").click();
  await expect(form.getByLabel("API key")).toHaveAccessibleDescription(/write the key again/);
  await form.getByLabel("Base URL").fill(model.url);
  // A name that is still in its field counts.
  await page.getByTestId("endpoint-model").fill("another-model-2");
  await page.getByTestId("endpoint-save").click();
  await expect(row).toContainText("another-model-1");
  await expect(row).toContainText("another-model-2");

  // The session of a model that is gone says so, and another one can be chosen.
  await say(other, "Again");
  await expect(other.getByTestId("outbox").getByText("the model is not available")).toBeVisible();
  await other.screenshot({ path: test.info().outputPath("endpoint-gone.png") });
  await picker.click();
  await other.getByRole("menuitem", { name: /beta/ }).click();
  await say(other, "Once more");
  await ended(other, "done");

  await row.getByRole("button", { name: "Remove local" }).click();
  await expect(row.getByRole("button", { name: "Keep it" })).toBeFocused();
  await page.screenshot({ path: test.info().outputPath("endpoint-remove.png") });
  await expectNoViolation(page);
  await page.keyboard.press("Enter");
  await expect(row.getByRole("button", { name: "Remove local" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByTestId("endpoint-remove").click();
  await expect(row).toHaveCount(0);
  await expect(page.getByTestId("endpoint-add")).toBeFocused();
  await expect(page.locator('[data-provider="demo"]')).toBeVisible();
});

test("HTTP-13: where somebody signs in the endpoints are only shown", async ({ page, stage }) => {
  const rules = scriptByContent([{ when: "x", script: reply("y") }]);
  const { gateway } = await stage.gateway(rules, { env: { MILLRACE_TOKEN: "the-owners-token" } });
  await page.goto(`${gateway.url}/sign-in`);
  await page.getByRole("textbox").fill("the-owners-token");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("composer")).toBeVisible();
  await openModels(page);
  await expect(page.getByTestId("endpoint")).toHaveCount(1);
  await expect(page.getByRole("tabpanel")).toContainText("configured by whoever runs this server");
  await expect(page.getByTestId("endpoint-add")).toHaveCount(0);
});

for (const [colorScheme, locale, width] of [
  ["dark", "zh-CN", 1280],
  ["dark", "en-US", 390],
  ["light", "zh-CN", 390],
] as const) {
  test(`axe finds nothing in the form, and nothing is cut (${colorScheme}, ${locale}, ${width})`, async ({
    browser,
    stage,
  }) => {
    await using model = await endpoint(["alpha", "beta", ...MANY]);
    const { gateway } = await stage.gateway();
    await using context = await browser.newContext({
      colorScheme,
      locale,
      reducedMotion: "reduce",
      viewport: { width, height: 820 },
      ...(width < 500 ? { hasTouch: true, isMobile: true } : {}),
    });
    const page = await context.newPage();
    await page.goto(gateway.url);
    await page.locator(".demo button").click();
    await page.getByTestId("endpoint-add").click();
    await page.locator('[data-field="base_url"]').fill(model.url);
    await page.locator('[data-field="key"]').fill(KEY);
    await page.getByTestId("endpoint-test").click();
    await expect(page.getByTestId("endpoint-answer")).toContainText("38");
    await expectNoViolation(page);
    const pane = page.getByRole("tabpanel");
    expect(await pane.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    await page.screenshot({ path: test.info().outputPath(`endpoint-form-${locale}-${colorScheme}-${width}.png`) });
    await pane.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.screenshot({ path: test.info().outputPath(`endpoint-form-end-${locale}-${colorScheme}-${width}.png`) });
  });
}
