import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Event, emptyView, fold, type View } from "@millrace/protocol";
import { type Responder, type ScriptedModel, startScriptedModel } from "@millrace/scripted-model";
import { test as base, expect, type Page } from "@playwright/test";
import { freePort, GatewayProcess } from "./gateway-process.ts";

/** What a spec starts: a gateway of its own, with the built-in demo model or with a scripted one. */
export interface Stage {
  /** The gateway at a fixed port, so that it can be killed and started again under an open page. */
  gateway(responder?: Responder, setup?: StageSetup): Promise<StagedGateway>;
}

interface StageSetup {
  /** What its configuration file holds. `url`: of the scripted model, for a provider that offers it in another way. */
  readonly config?: (url: string) => Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface StagedGateway {
  readonly gateway: GatewayProcess;
  readonly model: ScriptedModel | null;
  /** The folder that the tools see, empty at first; the example's where there is no setup. */
  readonly workspace: string;
}

const EXAMPLE = resolve(import.meta.dirname, "../../examples/workspace");

export const test = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the fixture's needs from the pattern
  stage: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-browser-"));
    const opened: AsyncDisposable[] = [];
    await use({
      gateway: async (responder, setup) => {
        const model = responder === undefined ? null : await startScriptedModel({ responder });
        if (model !== null) opened.push(model);
        const workspace = setup === undefined ? EXAMPLE : join(folder, "workspace");
        const config = setup?.config?.(model?.url ?? "") ?? {};
        const env: Record<string, string> = {
          ...(model !== null && !("models" in config)
            ? { OPENAI_BASE_URL: model.url, MILLRACE_MODEL: "scripted" }
            : {}),
          ...(setup === undefined
            ? {}
            : { MILLRACE_WORKSPACE: workspace, MILLRACE_CONFIG: join(folder, "config.json") }),
          ...setup?.env,
        };
        await mkdir(workspace, { recursive: true });
        if (setup !== undefined) await writeFile(join(folder, "config.json"), JSON.stringify(config));
        const data_dir = join(folder, "data");
        const gateway = await GatewayProcess.start({ data_dir, port: await freePort(), env });
        opened.push(gateway);
        return { gateway, model, workspace };
      },
    });
    for (const resource of opened.toReversed()) await resource[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  },
});

export { expect };

/** The view that the page folds and shows now. */
export function pageView(page: Page): Promise<View | null> {
  return page.evaluate(() => (window as unknown as { __millrace: { view(): View | null } }).__millrace.view());
}

/** The fold of a session's log as the gateway has it stored. */
async function logView(gateway: GatewayProcess, session_id: string): Promise<View> {
  const response = await fetch(`${gateway.url}/api/v1/sessions/${session_id}/events`);
  return fold(emptyView(), (await response.json()) as Event[]);
}

/** Fails unless the page shows exactly what the log holds. */
export async function expectPageEqualsLog(page: Page, gateway: GatewayProcess): Promise<View> {
  await expect(async () => {
    const shown = await pageView(page);
    expect(shown?.session_id).toBeTruthy();
    expect(shown).toEqual(await logView(gateway, shown?.session_id as string));
  }).toPass({ timeout: 15_000 });
  return (await pageView(page)) as View;
}

/** Writes a message and sends it with Enter. */
export async function say(page: Page, text: string): Promise<void> {
  const composer = page.getByTestId("composer");
  await composer.fill(text);
  await composer.press("Enter");
}

/** The newest turn on the page. */
export function lastTurn(page: Page) {
  return page.getByTestId("turn").last();
}

/** Waits until the newest turn has ended in one of these ways. */
export async function ended(page: Page, state: "done" | "cancelled" | "error", timeout = 30_000): Promise<void> {
  await expect(lastTurn(page)).toHaveAttribute("data-state", state, { timeout });
}

/** The docked question. */
export function askCard(page: Page) {
  return page.getByTestId("ask-card");
}

/** Waits for a docked question and presses one of its buttons. */
export async function press(page: Page, option: string): Promise<void> {
  await askCard(page).locator(`[data-testid="ask-option"][data-option="${option}"]`).click();
}
