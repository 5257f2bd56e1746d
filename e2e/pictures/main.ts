import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type Action,
  type ContentRule,
  scriptByContent,
  startScriptedModel,
  text,
  toolCalls,
} from "@millrace/scripted-model";
import { type Browser, chromium, type Page } from "@playwright/test";
import { chromiumPath } from "../../scripts/chromium.mjs";
import { GatewayProcess } from "../kit/gateway-process.ts";

const IMAGES = resolve(import.meta.dirname, "../../docs/images");

/** Takes the README's pictures anew: of gateways with the demo model and, where a command asks, with a scripted one. */

const COMMAND: ContentRule = {
  when: /tests/,
  script: (_, { step }): Action[] =>
    step === 1
      ? [
          ...text("First what is there, then whether its tests can be collected.", { size: 6, pace_ms: 10 }),
          ...toolCalls([
            { id: "a", name: "list_files", arguments: { pattern: "**/*.py" } },
            { id: "b", name: "read_file", arguments: { path: "README.md" } },
            { id: "c", name: "bash", arguments: { command: "python3 -m pytest --collect-only -q" } },
          ]),
        ]
      : text("Done."),
};

interface Look {
  readonly width: number;
  readonly height: number;
  /** Pixels of the picture for one of the page. */
  readonly scale: number;
  readonly dark?: boolean;
  readonly lang?: "en" | "zh-CN";
}

async function picture(
  browser: Browser,
  url: string,
  name: string,
  { width, height, scale, dark = false, lang = "en" }: Look,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    locale: lang,
    colorScheme: dark ? "dark" : "light",
    isMobile: width < 500,
    hasTouch: width < 500,
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('[data-testid="truth"][data-state="ready"]').waitFor();
  await act(page);
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  process.stdout.write(`docs/images/${name}.png\n`);
  await context.close();
}

async function ask(page: Page, words: string): Promise<void> {
  const turns = await page.getByTestId("turn").count();
  await page.getByTestId("composer").fill(words);
  await page.getByTestId("send").click();
  await page.getByTestId("turn").nth(turns).waitFor();
}

const over = (page: Page) => page.locator('[data-testid="turn"]:last-child[data-state="done"]').waitFor();
/** Fonts, colours of code and the end of a movement. */
const settled = (page: Page) => page.waitForTimeout(600);

async function withGateway(env: Record<string, string>, take: (url: string) => Promise<void>): Promise<void> {
  const data_dir = await mkdtemp(join(tmpdir(), "millrace-pictures-"));
  try {
    await using gateway = await GatewayProcess.start({ data_dir, env });
    await take(gateway.url);
  } finally {
    await rm(data_dir, { recursive: true, force: true });
  }
}

const executablePath = chromiumPath();
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
const desktop: Look = { width: 1360, height: 850, scale: 1.5 };

await withGateway({}, async (url) => {
  await picture(browser, url, "running-light", desktop, async (page) => {
    await ask(page, "What weekday is it?");
    await over(page);
    await ask(page, "Compare the README with the time: do two things at once");
    await page.locator('[data-testid="turn"]:last-child [data-testid="tool"][data-state="completed"]').nth(1).waitFor();
    await page.locator('[data-testid="turn"]:last-child table tbody tr').nth(1).waitFor();
  });
  const zh: Look = { ...desktop, dark: true, lang: "zh-CN" };
  await picture(browser, url, "done-dark-zh", zh, async (page) => {
    await ask(page, "比较 README 和当前时间，同时做两件事");
    await over(page);
    await page.getByTestId("tool").first().click();
    await settled(page);
  });
  const phone: Look = { width: 390, height: 844, scale: 2, dark: true, lang: "zh-CN" };
  await picture(browser, url, "phone", phone, async (page) => {
    await ask(page, "今天星期几？");
    await over(page);
    await ask(page, "比较 README 和当前时间，同时做两件事");
    await over(page);
    await settled(page);
  });
});

const model = await startScriptedModel({ responder: scriptByContent([COMMAND]) });
await withGateway({ OPENAI_BASE_URL: model.url, MILLRACE_MODEL: "scripted" }, (url) =>
  picture(browser, url, "waiting-light", desktop, async (page) => {
    await ask(page, "Can all tests be collected?");
    await page.getByTestId("ask-card").waitFor();
    await page.waitForTimeout(1_500);
  }),
);
await model.close();
await browser.close();
