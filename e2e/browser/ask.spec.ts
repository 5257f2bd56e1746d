import { readdir } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { type Action, type ContentRule, reply, scriptByContent, toolCalls } from "@millrace/scripted-model";
import { askCard, ended, expect, expectPageEqualsLog, lastTurn, press, say, test } from "../kit/browser-test.ts";

/** `run: <command>`: the model runs it with bash, then ends with what the tool answered. */
const run: ContentRule = {
  when: /^run: /,
  script: (request, { text, step }): Action[] => {
    const commands = text.slice("run: ".length).split(" ;; ");
    if (step === 1) {
      return toolCalls(commands.map((command, index) => ({ id: `c${index}`, name: "bash", arguments: { command } })));
    }
    const results = request.messages.filter(({ role }) => role === "tool").map(({ content }) => String(content));
    return reply(`It said: ${results.join(" / ").replaceAll("\n", " ")}`);
  },
};
const ask: ContentRule = {
  when: "ask me",
  script: (_, { step }): Action[] => {
    const question = { question: "Which licence?", options: ["MIT", "Apache-2.0"] };
    return step === 1 ? toolCalls([{ id: "q", name: "ask_user", arguments: question }]) : reply("Thank you.");
  },
};
const pretend: ContentRule = {
  when: "pretend",
  script: (_, { step }): Action[] => {
    const question = { question: "Allow bash to run this command?", kind: "confirm", options: ["allow_once", "deny"] };
    return step === 1 ? toolCalls([{ id: "p", name: "ask_user", arguments: question }]) : reply("Oh well.");
  },
};
const responder = () => scriptByContent([run, ask, pretend]);
const setup = {};

test("ASK-1 ASK-7: a command waits for a word, says so everywhere, and runs once it is allowed", async ({
  page,
  stage,
}) => {
  const { gateway, workspace } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await say(page, "run: touch made && echo done");
  await expect(askCard(page)).toBeVisible();
  await expect(askCard(page)).toContainText("Allow bash to run this command?");
  await expect(page.getByTestId("ask-arguments")).toHaveText("touch made && echo done");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "waiting");
  await expect(page.getByTestId("truth")).toContainText("bash asks to run a command");
  await expect(page.getByTestId("session-row").first()).toHaveAttribute("data-status", "waiting");
  await expect(page.getByTestId("urgent")).toContainText("Waiting for you");
  await expect(page).toHaveTitle(/^◆ /);
  await expect(lastTurn(page).getByTestId("ask-record")).toHaveAttribute("data-state", "open");
  expect(await readdir(workspace)).toEqual([]);
  await press(page, "allow_once");
  await expect(page.getByTestId("ask-settled")).toHaveText("Allowed once by you");
  await ended(page, "done");
  await expect(lastTurn(page).getByTestId("ask-record")).toHaveText("Allowed once by you");
  await expect(lastTurn(page)).toContainText("exit code 0");
  await expect(page).not.toHaveTitle(/◆/);
  expect(await readdir(workspace)).toEqual(["made"]);
  await expectPageEqualsLog(page, gateway);
});

test("ASK-7 TOOL-8: denied with a reason, it does not run, and the model is told why", async ({ page, stage }) => {
  const { gateway, workspace, model } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await say(page, "run: touch made && echo done");
  await press(page, "deny");
  const reason = page.getByTestId("ask-text");
  await expect(reason).toBeFocused();
  await reason.fill("Keep the folder as it is");
  await page.getByTestId("ask-send").click();
  await ended(page, "done");
  await expect(page.getByTestId("tool")).toHaveAttribute("data-state", "denied");
  await expect(page.getByTestId("tool")).toContainText("Denied by you");
  await expect(lastTurn(page).getByTestId("ask-record")).toContainText("Keep the folder as it is");
  expect(await readdir(workspace)).toEqual([]);
  expect(JSON.stringify(model?.requests.at(-1)?.body)).toContain("Keep the folder as it is");
  await expectPageEqualsLog(page, gateway);
});

test("ASK-7: allowed for the session and for always; what is remembered is listed and can be taken back", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await say(page, "run: echo one");
  await expect(askCard(page)).toContainText("echo one");
  await press(page, "allow_session");
  await ended(page, "done");
  await say(page, "run: echo one");
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
  await expect(page.getByTestId("ask-card")).toHaveCount(0);
  await say(page, "run: echo two");
  await press(page, "allow_always");
  await expect(askCard(page)).toContainText("without asking, in every conversation");
  await expect(askCard(page)).toContainText("echo two");
  await page.getByTestId("ask-send").click();
  await expect(page.getByTestId("turn")).toHaveCount(3);
  await ended(page, "done");
  await page.getByTestId("settings-button").click();
  await expect(page.getByTestId("permission")).toHaveCount(1);
  await expect(page.getByTestId("permission")).toContainText("echo two");
  await page.getByTestId("permission").getByRole("button").click();
  await expect(page.getByTestId("permission")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await say(page, "run: echo two");
  await expect(askCard(page)).toContainText("echo two");
  await expectPageEqualsLog(page, gateway);
});

test("ASK-2: a question is answered in another tab; the first one says so", async ({ page, context, stage }) => {
  const { gateway } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await say(page, "ask me");
  await expect(askCard(page)).toContainText("Which licence?");
  await expect(askCard(page)).toHaveAttribute("data-kind", "question");
  const second = await context.newPage();
  await second.goto(page.url());
  await askCard(second).getByText("Apache-2.0").click();
  await second.getByTestId("ask-send").click();
  await expect(second.getByTestId("ask-settled")).toContainText("Answered by you: Apache-2.0");
  await page.bringToFront();
  await expect(page.getByTestId("ask-settled")).toContainText("by you in another tab");
  await expect(page.getByTestId("ask-card")).toHaveCount(0);
  await ended(page, "done");
  await expect(lastTurn(page).getByTestId("ask-record")).toContainText("Apache-2.0");
  await expectPageEqualsLog(page, gateway);
});

test("F25: kill -9 with a question open: it is still there, and its answer counts", async ({ page, stage }) => {
  const { gateway, workspace } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await say(page, "run: touch made && echo done");
  await expect(askCard(page)).toBeVisible();
  await gateway.kill("SIGKILL");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline");
  await expect(askCard(page)).toBeVisible();
  await press(page, "allow_once");
  await expect(page.getByTestId("ask-refused")).toHaveAttribute("data-why", "offline");
  await gateway.start();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "waiting", { timeout: 30_000 });
  expect(await readdir(workspace)).toEqual([]);
  await press(page, "allow_once");
  await ended(page, "done");
  expect(await readdir(workspace)).toEqual(["made"]);
  await expectPageEqualsLog(page, gateway);
});

test("two questions at once: one card, both reachable; Stop makes them needless", async ({ page, stage }) => {
  const { gateway } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await say(page, "run: echo one ;; echo two");
  await expect(askCard(page)).toContainText("1 / 2");
  const first = await askCard(page).getAttribute("data-request-id");
  await askCard(page).getByRole("button", { name: "Next question" }).click();
  await expect(askCard(page)).toContainText("2 / 2");
  await expect(askCard(page)).not.toHaveAttribute("data-request-id", first ?? "");
  await press(page, "allow_once");
  await expect(askCard(page)).toHaveAttribute("data-request-id", first ?? "");
  await askCard(page).getByRole("button", { name: /Fold/ }).click();
  await expect(page.getByTestId("ask-folded")).toContainText("1 question waits");
  await page.getByTestId("stop").click();
  await ended(page, "cancelled");
  await expect(page.getByTestId("ask-settled")).toContainText("No longer needed");
  await expect(page.getByTestId("ask-settled")).toHaveCount(0, { timeout: 8_000 });
  await expectPageEqualsLog(page, gateway);
});

test("keys: the card takes no focus by itself, ⌘J goes there and back, 1 answers, Esc leaves without an answer", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await say(page, "run: echo one");
  await expect(askCard(page)).toHaveAttribute("data-armed", "true");
  const composer = page.getByTestId("composer");
  await expect(composer).toBeFocused();
  await composer.pressSequentially("1");
  await expect(composer).toHaveValue("1");
  await page.keyboard.press("Control+j");
  await expect(askCard(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(composer).toBeFocused();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "waiting");
  await page.keyboard.press("Control+j");
  await expect(askCard(page)).toBeFocused();
  await page.keyboard.press("4");
  await expect(page.getByTestId("ask-text")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(askCard(page)).toBeFocused();
  await expect(askCard(page)).toHaveAttribute("data-armed", "true");
  await page.keyboard.press("1");
  await ended(page, "done");
  await expect(composer).toBeFocused();
  await expectPageEqualsLog(page, gateway);
});

test("a press at the moment when the card appears answers nothing", async ({ page, stage }) => {
  const { gateway, workspace } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await page.evaluate(() => {
    const seen = new MutationObserver(() => {
      const button = document.querySelector<HTMLElement>('[data-option="allow_once"]');
      if (button === null) return;
      seen.disconnect();
      button.click();
      document.querySelector<HTMLElement>('[data-option="deny"]')?.click();
    });
    seen.observe(document.body, { childList: true, subtree: true });
  });
  await say(page, "run: touch made");
  const armed = page.locator('[data-testid="ask-card"][data-armed="true"]');
  await armed.waitFor();
  await expect(page.getByTestId("ask-text")).toHaveCount(0);
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "waiting");
  expect(await readdir(workspace)).toEqual([]);
  await press(page, "allow_once");
  await ended(page, "done");
  expect(await readdir(workspace)).toEqual(["made"]);
});

test("T16 T17: what the model writes is no permission; a long command is whole, and nothing in it hides", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder(), setup);
  await page.goto(gateway.url);
  await say(page, "pretend");
  await expect(askCard(page)).toHaveAttribute("data-kind", "choice");
  await expect(askCard(page)).toContainText("in the agent’s words");
  await expect(page.getByTestId("ask-arguments")).toHaveCount(0);
  await expect(askCard(page).getByText("Allow once")).toHaveCount(0);
  await askCard(page).getByText("deny").click();
  await page.getByTestId("ask-send").click();
  await ended(page, "done");

  const end = "rm -rf important";
  await say(page, `run: echo ${"a".repeat(600)}\u202e\u200b; ${end}`);
  await expect(askCard(page)).toHaveAttribute("data-kind", "permission");
  await expect(page.getByTestId("ask-length")).toBeVisible();
  await expect(page.getByTestId("ask-hidden")).toContainText("2 characters");
  const shown = page.getByTestId("ask-arguments");
  await expect(shown).toContainText("U+202E");
  await expect(shown).toContainText(end);
  await expect(askCard(page).locator(".btn.primary")).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing while it waits, in any part of the card, and after the answer (${colorScheme})`, async ({
    page,
    stage,
  }) => {
    const violations = async (): Promise<string[]> => {
      const { violations: found } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21aa"])
        .analyze();
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
    };
    const { gateway } = await stage.gateway(responder(), setup);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto(gateway.url);
    await say(page, "run: echo one ;; echo \u202etwo");
    const armed = page.locator('[data-testid="ask-card"][data-armed="true"]');
    await armed.waitFor();
    expect(await violations()).toEqual([]);
    await askCard(page).getByRole("button", { name: "Next question" }).click();
    await armed.waitFor();
    expect(await violations()).toEqual([]);
    await press(page, "deny");
    await armed.waitFor();
    expect(await violations()).toEqual([]);
    await page.getByTestId("ask-text").fill("No");
    await page.getByTestId("ask-send").click();
    await expect(page.getByTestId("ask-settled")).toBeVisible();
    await press(page, "allow_always");
    await armed.waitFor();
    expect(await violations()).toEqual([]);
    await page.getByTestId("ask-send").click();
    await ended(page, "done");
    expect(await violations()).toEqual([]);
    await say(page, "ask me");
    await armed.waitFor();
    expect(await violations()).toEqual([]);
    await page.getByTestId("settings-button").click();
    await expect(page.getByTestId("permission")).toHaveCount(1);
    expect(await violations()).toEqual([]);
  });
}
