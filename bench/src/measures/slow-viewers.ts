import { setTimeout as sleep } from "node:timers/promises";
import { startSubject } from "../servers/subjects.ts";
import { atMost, type Bench, median, onlyMillrace, type Row } from "./measure.ts";

/** Some 800 KB a second, for as long as a model may go on in one step: more than the system's buffers take. */
const PROMPT = { every_ms: 12, padding: 10_000 };
const STREAM_MS = 9_000;
const OTHERS = 20;
const SLOW = 4;
/** Bytes per millisecond: 8 KiB/s. */
const RATE = 8.192;

/** Whether the viewers of a stream notice that some others of it hardly read. Alone and beside those, in turns. */
export async function slowViewers(bench: Bench): Promise<readonly Row[]> {
  const { quick, say } = bench;
  const alone: number[] = [];
  const beside: number[] = [];
  const { url, stop } = await startSubject("millrace", bench);
  try {
    await latency(bench, url, 0);
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      alone.push(await latency(bench, url, 0));
      beside.push(await latency(bench, url, SLOW));
      say(`slow-viewers: p99 ${alone.at(-1)?.toFixed(1)} ms alone, ${beside.at(-1)?.toFixed(1)} ms beside ${SLOW}`);
    }
  } finally {
    await stop();
  }
  const ratio = median(beside) / median(alone);
  const of = `one stream of 800 KB/s, ${OTHERS} viewers`;
  return [
    { what: `latency p99, ${of}`, unit: "ms", values: onlyMillrace(median(alone)) },
    { what: `latency p99, ${of} beside ${SLOW} at 8 KiB/s`, unit: "ms", values: onlyMillrace(median(beside)) },
    { what: "how much that is more", unit: "×", values: onlyMillrace(ratio), goal: atMost(1.1, "×", ratio) },
  ];
}

/** One stream. @returns the 99th percentile of its viewers' latency, in milliseconds */
async function latency({ viewers, model, quick }: Bench, url: string, slow: number): Promise<number> {
  await viewers.call("lead", { url, prompt: PROMPT });
  await viewers.call("openFollowers", { url, count: OTHERS });
  await viewers.call("follow", { behind: 0 });
  await viewers.call("crawl", { url, count: slow, rate: RATE });
  await viewers.call("recordFollowers", undefined);
  await sleep(quick ? 2_000 : STREAM_MS);
  const { p99 } = await viewers.call("recordedFollowers", undefined);
  await model.call("finish", undefined);
  const problem = await viewers.call("closeFollowers", undefined);
  if (problem !== null) throw new Error(`millrace did not deliver: ${problem}`);
  // What a long run leaves to be merged in the store belongs to none of the rounds.
  await sleep(1_500);
  return p99;
}
