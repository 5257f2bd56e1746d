import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ContentRule, reply, scriptByContent, startScriptedModel, text } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import {
  askCard,
  test as base,
  ended,
  expect,
  expectPageEqualsLog,
  lastTurn,
  press,
  say,
} from "../kit/browser-test.ts";
import { freePort, GatewayProcess } from "../kit/gateway-process.ts";

const CONFIG = resolve(import.meta.dirname, "../../examples/flows/millrace.config.ts");

const rules: ContentRule[] = [
  { when: /^slow/, script: [...text("Water runs down, and ", { size: 3, pace_ms: 30 }), { hang: true }] },
  {
    when: /Say in two sentences/,
    script: reply("It turns a wheel. The wheel turns a stone.", { size: 4, pace_ms: 15 }),
  },
];

/** A gateway with the example's flow, which can be killed and started again under an open page. */
const test = base.extend<{ gateway: GatewayProcess }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the fixture's needs from the pattern
  gateway: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-flow-"));
    await using model = await startScriptedModel({ responder: scriptByContent(rules) });
    const env = { MILLRACE_CONFIG: CONFIG, OPENAI_BASE_URL: model.url, MILLRACE_MODEL: "scripted" };
    await using gateway = await GatewayProcess.start({ data_dir: join(folder, "data"), port: await freePort(), env });
    await use(gateway);
    await gateway.kill();
    await rm(folder, { recursive: true, force: true });
  },
});

/** Opens the page and chooses the flow. */
async function choose(page: Page, gateway: GatewayProcess): Promise<void> {
  await page.goto(gateway.url);
  await page.getByTestId("agent").click();
  await page.getByRole("menuitem", { name: /report/ }).click();
  await expect(page.getByTestId("agent")).toContainText("report");
}

async function answer(page: Page, option: string): Promise<void> {
  await press(page, option);
  await page.getByTestId("ask-send").click();
}

test("a flow is chosen like an agent: it asks, shows its progress, has agents work under it, and answers", async ({
  page,
  gateway,
}) => {
  await choose(page, gateway);
  await say(page, "A mill");
  await expect(askCard(page)).toHaveAttribute("data-kind", "question");
  await expect(askCard(page)).toContainText("How far shall I look?");
  await answer(page, "thorough");
  await ended(page, "done");
  const turn = lastTurn(page);
  await expect(turn.getByTestId("flow-step")).toHaveText(["askHowFar", "plan", "research", "write"]);
  await expect(turn.getByTestId("tool")).toHaveCount(3);
  await expect(turn.getByTestId("tool").first()).toHaveAttribute("data-state", "completed");
  const rows = turn.getByTestId("data");
  await expect(rows).toHaveCount(3);
  await expect(rows.first()).toContainText('"of":3');
  await rows.first().click();
  await expect(rows.first()).toHaveAttribute("aria-expanded", "true");
  await expect(turn.getByTestId("text-block").getByRole("heading")).toHaveText([
    "What it is",
    "What speaks for it",
    "What speaks against it",
  ]);
  await expect(turn.getByTestId("ask-record")).toContainText("thorough");
  await expectPageEqualsLog(page, gateway);
});

test("F36: its question outlives kill -9 of the gateway, in the open page", async ({ page, gateway }) => {
  await choose(page, gateway);
  await say(page, "A mill");
  await expect(askCard(page)).toBeVisible();
  await gateway.kill("SIGKILL");
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "offline");
  await gateway.start();
  await expect(page.getByTestId("truth")).toHaveAttribute("data-state", "waiting", { timeout: 30_000 });
  await answer(page, "short");
  await ended(page, "done");
  await expect(lastTurn(page).getByTestId("tool")).toHaveCount(1);
  await expect(lastTurn(page).getByTestId("text-block").getByRole("heading")).toHaveText("What it is");
  await expectPageEqualsLog(page, gateway);
});

test("STOP-2: Stop ends it with the agents that work in it", async ({ page, gateway }) => {
  await choose(page, gateway);
  await say(page, "slow");
  await answer(page, "thorough");
  await expect(lastTurn(page).getByTestId("tool").first()).toHaveAttribute("data-state", "running");
  await expect(lastTurn(page)).toContainText("Water runs down");
  await page.getByTestId("stop").click();
  await ended(page, "cancelled");
  await expect(lastTurn(page).locator('[data-testid="tool"][data-state="cancelled"]')).toHaveCount(3);
  await expectPageEqualsLog(page, gateway);
});
