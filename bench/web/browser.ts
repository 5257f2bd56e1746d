import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, CDPSession } from "@playwright/test";
import { type Measures, measure, type StreamOptions, type Task } from "./measures.ts";

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** Of `dur`, what the thread was on a core; the browser does not always know. */
  readonly tdur?: number;
  readonly args?: { readonly data?: { readonly startTime?: number } };
}

/**
 * Streams an answer in a fresh page and measures it with the browser's own tracing. `profile`: a folder for a CPU
 * profile, which costs some time itself.
 */
export async function streamed(
  browser: Browser,
  url: string,
  options: StreamOptions,
  profile?: string,
): Promise<Measures> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(url);
  const session = await context.newCDPSession(page);
  const stop = await traced(session);
  if (profile !== undefined) {
    await session.send("Profiler.enable");
    await session.send("Profiler.start");
  }
  const run = await page.evaluate((given) => window.stream(given), options);
  const tasks = mainThread(await stop(), "stream");
  if (profile !== undefined) {
    const stopped = await session.send("Profiler.stop");
    await writeFile(join(profile, `${options.contender}.cpuprofile`), JSON.stringify(stopped.profile));
  }
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await context.close();
  return measure(run, tasks, options.text.length, usedSize);
}

/** Begins a trace; the returned function ends it. */
export async function traced(session: CDPSession): Promise<() => Promise<TraceEvent[]>> {
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const event of value) events.push(event as unknown as TraceEvent);
  });
  const includedCategories = ["toplevel", "blink.user_timing"];
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories } });
  return async () => {
    const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
    await session.send("Tracing.end");
    await complete;
    return events;
  };
}

/** The page's tasks: those of the thread that made the page's mark of that name, by the clock that the mark tells. */
export function mainThread(events: readonly TraceEvent[], marked: string): Task[] {
  const mark = events.find(({ name, args }) => name === marked && args?.data?.startTime !== undefined);
  if (mark === undefined) throw new Error("the trace has no mark of the page");
  const zero = mark.ts / 1_000 - (mark.args?.data?.startTime as number);
  const tasks = events
    .filter(({ name, pid, tid, dur }) => isTask(name) && pid === mark.pid && tid === mark.tid && dur !== undefined)
    .map(({ ts, dur = 0, tdur = dur }) => ({ start: ts / 1_000 - zero, duration: dur / 1_000, cpu: tdur / 1_000 }))
    .toSorted((one, other) => one.start - other.start);
  return outermost(tasks);
}

const isTask = (name: string): boolean => /RunTask$/.test(name);

function outermost(tasks: readonly Task[]): Task[] {
  let end = Number.NEGATIVE_INFINITY;
  return tasks.filter(({ start, duration }) => {
    if (start < end) return false;
    end = start + duration;
    return true;
  });
}
