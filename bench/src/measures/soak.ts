import { setTimeout as sleep } from "node:timers/promises";
import { residentBytes } from "../processes/usage.ts";
import { startSubject } from "../servers/subjects.ts";
import { assertDelivered, atMost, type Bench, onlyMillrace, type Row } from "./measure.ts";

const STREAMS = 32;
const TOKENS = 200;
/** Between two looks at the memory. */
const LOOK_MS = 5_000;
/** Sessions that nobody watches leave the memory this soon: else those of the last half minute hide the slope. */
const IDLE_MS = 1_000;
/** The first part of the time, in which caches fill and code is compiled. */
const WARM_UP = 0.3;

interface Sample {
  readonly minutes: number;
  readonly heap: number;
  readonly resident: number;
}

/** New sockets with new sessions, round after round: whether what is over leaves something behind. */
export async function soak(bench: Bench, ms: number): Promise<readonly Row[]> {
  const { viewers, say } = bench;
  const { url, pid, probe, stop } = await startSubject("millrace", { ...bench, limits: { idle_session_ms: IDLE_MS } });
  const samples: Sample[] = [];
  const begin = performance.now();
  let looked = begin;
  let runs = 0;
  try {
    while (performance.now() - begin < ms) {
      await viewers.call("open", { url, dialect: "millrace", count: STREAMS });
      await viewers.call("begin", { dialect: "millrace", prompt: { tokens: TOKENS }, ramp_ms: 0 });
      assertDelivered("millrace", (await viewers.call("end", undefined)).problems);
      await viewers.call("close", undefined);
      runs += STREAMS;
      await sleep(200);
      if (performance.now() - looked < LOOK_MS) continue;
      looked = performance.now();
      const heap = (await probe.call("collect", undefined)) / 1_024;
      const sample = { minutes: (looked - begin) / 60_000, heap, resident: residentBytes(pid) / 1_024 };
      samples.push(sample);
      say(`soak: ${runs} runs, heap ${(heap / 1_024).toFixed(1)} MiB, RSS ${(sample.resident / 1_024).toFixed(1)} MiB`);
    }
  } finally {
    await viewers.call("close", undefined);
    await stop();
  }
  const steady = samples.filter(({ minutes }) => minutes * 60_000 >= ms * WARM_UP);
  const of = `${runs} runs in ${(ms / 60_000).toFixed(1)} minutes`;
  const heap = (slope(steady, (sample) => sample.heap) * 60) / 1_024;
  return [
    {
      what: `slope of the live heap, ${of}`,
      unit: "MiB/h",
      values: onlyMillrace(heap),
      goal: atMost(1, "MiB/h", heap),
    },
    {
      what: `slope of RSS, ${of}`,
      unit: "MiB/h",
      values: onlyMillrace((slope(steady, ({ resident }) => resident) * 60) / 1_024),
    },
  ];
}

/** Of the straight line that lies closest to the samples, by minute. */
function slope(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [x, y] = [mean(({ minutes }) => minutes), mean(value)];
  const variance = mean(({ minutes }) => (minutes - x) ** 2);
  return mean((sample) => (sample.minutes - x) * (value(sample) - y)) / variance;
}
