import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, CDPSession, Page } from "@playwright/test";
import { Child } from "../src/processes/child.ts";
import { mainThread, traced } from "./browser.ts";
import { type ConversationShape, lastWordsOf, seedConversation } from "./conversation.ts";
import { quantile } from "./measures.ts";

/** Has no types: it is part of what runs before anything is installed. */
const BUILD = new URL("../../scripts/build-web.mjs", import.meta.url).href;
const LONG = { title: "Two thousand messages", messages: 2_000, characters: 600 };
const BIG = { title: "Big answers", messages: 20, characters: 100_000 };
const REST = { title: "A place to rest", messages: 2, characters: 200 };
const MANY = Array.from({ length: 20 }, (_, index) => ({
  ...{ title: `Conversation ${index + 1} of twenty`, messages: 200, characters: 600 },
}));
const VISITS = 5;
/** What goes on after the end is shown is looked at for so long. Milliseconds. */
const AFTER_MS = 1_500;

/** The interface in front of a gateway: what opening and leaving conversations costs. */
export interface ApplicationMeasures {
  /** From the click to the last words of 2,000 messages on the screen, in milliseconds of the clock. */
  readonly openMs: number;
  /** The main thread's work until then, and with what it does afterwards. */
  readonly openWork: number;
  readonly openWorkInAll: number;
  readonly openLongestTask: number;
  /** What the page holds more than before, in MB and DOM nodes: 20 conversations later, and ten answers of 100 KB later. */
  readonly twentyMb: number;
  readonly twentyNodes: number;
  readonly bigMb: number;
  readonly bigNodes: number;
}

export async function openedAndLeft(browser: Browser): Promise<ApplicationMeasures> {
  await ((await import(BUILD)) as { ensureWebBuilt(): Promise<void> }).ensureWebBuilt();
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-web-"));
  const module = new URL("../../apps/gateway/src/start.js", import.meta.url);
  const env = { PORT: "0", MILLRACE_DATA_DIR: folder, LOG_LEVEL: "warn" };
  const gateway = await Child.start({ module, place: "any core", env });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    for (const shape of [...MANY, BIG, LONG, REST]) await seedConversation(gateway.url, shape);
    const page = await context.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(gateway.url);
    const session = await context.newCDPSession(page);
    await opened(page, REST);
    return { ...(await opening(page, session)), ...(await leaving(page, session)) };
  } finally {
    await context.close();
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function opening(page: Page, session: CDPSession) {
  const visits: Pick<ApplicationMeasures, "openMs" | "openWork" | "openWorkInAll" | "openLongestTask">[] = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const stop = await traced(session);
    const { from, shown } = await opened(page, LONG);
    await page.waitForTimeout(AFTER_MS);
    const tasks = mainThread(await stop(), "open").filter(({ start, duration }) => start + duration >= from);
    const work = (end: number) => tasks.reduce((sum, { start, cpu }) => sum + (start <= end ? cpu : 0), 0);
    visits.push({
      openMs: shown - from,
      openWork: work(shown),
      openWorkInAll: work(Number.POSITIVE_INFINITY),
      openLongestTask: Math.max(...tasks.map(({ cpu }) => cpu)),
    });
    await opened(page, REST);
  }
  const median = (key: keyof (typeof visits)[number]) =>
    quantile(
      visits.map((visit) => visit[key]),
      0.5,
    );
  return {
    openMs: median("openMs"),
    openWork: median("openWork"),
    openWorkInAll: median("openWorkInAll"),
    openLongestTask: median("openLongestTask"),
  };
}

/** Once everything was drawn once, so that what is loaded only once does not count. */
async function leaving(page: Page, session: CDPSession) {
  for (const shape of [BIG, MANY[0]!]) await readThrough(page, shape);
  const before = await held(page, session);
  for (const shape of MANY) await readThrough(page, shape);
  const afterMany = await held(page, session);
  await readThrough(page, BIG);
  const afterBig = await held(page, session);
  return {
    twentyMb: afterMany.mb - before.mb,
    twentyNodes: afterMany.nodes - before.nodes,
    bigMb: afterBig.mb - afterMany.mb,
    bigNodes: afterBig.nodes - afterMany.nodes,
  };
}

/** Opens a conversation, goes up in it and back to its end, so that this is where it is opened again. */
async function readThrough(page: Page, shape: ConversationShape): Promise<void> {
  await opened(page, shape);
  for (let turn = 0; turn < 8; turn++) {
    await page.locator(".scroll").evaluate((element) => element.scrollBy(0, -2_000));
    await page.waitForTimeout(60);
  }
  await page.locator(".scroll").press("End");
  await page.waitForTimeout(200);
}

/** What the page holds after a collection, back in the conversation to rest in. */
async function held(page: Page, session: CDPSession): Promise<{ mb: number; nodes: number }> {
  await opened(page, REST);
  await page.waitForTimeout(1_000);
  await session.send("Performance.enable");
  for (let turn = 0; turn < 3; turn++) await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { mb: value("JSHeapUsedSize") / 2 ** 20, nodes: value("Nodes") };
}

/** Chooses a conversation in the sidebar; resolves once its last words are on the screen. Times are of the page's clock. */
function opened(page: Page, shape: ConversationShape): Promise<{ from: number; shown: number }> {
  return page.evaluate(
    async ({ title, last }) => {
      performance.mark("open");
      const from = performance.now();
      const frame = () => new Promise(requestAnimationFrame);
      const row = () =>
        [...document.querySelectorAll<HTMLElement>("nav a, nav button")].find((one) =>
          one.textContent?.includes(title),
        );
      while (row() === undefined) await frame();
      row()?.click();
      const isShown = () => {
        const turn = [...document.querySelectorAll<HTMLElement>(".scroll [data-testid=turn]")].at(-1);
        const bottom = turn?.getBoundingClientRect().bottom ?? 0;
        return turn?.textContent?.includes(last) === true && bottom > 0 && bottom < innerHeight;
      };
      do await frame();
      while (!isShown() || document.querySelector(".head")?.textContent?.includes(title) === false);
      await frame();
      return { from, shown: performance.now() };
    },
    { title: shape.title, last: lastWordsOf(shape) },
  );
}
