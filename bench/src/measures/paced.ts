import { setTimeout as sleep } from "node:timers/promises";
import type { Latencies } from "../load/recording.ts";
import type { Place } from "../processes/child.ts";
import { cpuTime, residentBytes, waitTime } from "../processes/usage.ts";
import type { Subject } from "../servers/subjects.ts";
import { assertDelivered, atMost, type Bench, mapEach, ofEach, type Row, withSubject } from "./measure.ts";

/** 40 tokens per second. */
const EVERY_MS = 25;
/** New streams per second while the load grows. */
const RAMP = 250;
const SETTLE_MS = 2_000;
const BEGIN_MS = 60_000;
/** Percent. A server's own threads keep it waiting for a few. */
const DISTURBED = 20;

interface Paced extends Latencies {
  /** Share of one core, in percent. */
  readonly cpu: number;
  readonly cpu_per_token: number;
  /** Share of the time in which it could have run but others had its core, in percent. */
  readonly waited: number;
  /** Live heap of one open stream, in KiB, without its socket. */
  readonly heap: number;
  readonly resident: number;
}

const SIZES: readonly { readonly streams: number; readonly place: Place }[] = [
  { streams: 200, place: "any core" },
  { streams: 500, place: "any core" },
  { streams: 500, place: "one core" },
  { streams: 1_000, place: "one core" },
];
const QUICK: typeof SIZES = [{ streams: 100, place: "any core" }];

/** Latency, CPU and memory while many streams come at the pace of a model. */
export async function paced(bench: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { streams, place } of bench.quick ? QUICK : SIZES) {
    const of = await ofEach((name) => withSubject(name, bench, (subject) => load(subject, bench, streams), place));
    const at = `${streams} streams × ${1_000 / EVERY_MS} tokens/s, ${place}`;
    const heap = mapEach(of, (one) => one.heap);
    const p99 = mapEach(of, (one) => one.p99);
    const waited = mapEach(of, (one) => one.waited);
    const disturbed = Object.values(waited).some((share) => share > DISTURBED);
    rows.push(
      { what: `latency p50, ${at}`, unit: "ms", values: mapEach(of, (one) => one.p50) },
      { what: `latency p99, ${at}`, unit: "ms", values: p99, goal: atMost(50, "ms", p99.millrace) },
      { what: `CPU of one core, ${at}`, unit: "%", values: mapEach(of, (one) => one.cpu), ratios: true },
      { what: `kept from running by others, ${at}`, unit: "%", values: waited, disturbed },
      { what: `CPU per token, ${at}`, unit: "µs", values: mapEach(of, (one) => one.cpu_per_token), ratios: true },
      {
        what: `live heap per open stream, ${at}`,
        unit: "KiB",
        values: heap,
        goal: atMost(40, "KiB", heap.millrace),
      },
      { what: `RSS per open stream, ${at}`, unit: "KiB", values: mapEach(of, (one) => one.resident) },
    );
  }
  return rows;
}

async function load({ name, url, pid, probe }: Subject, bench: Bench, streams: number): Promise<Paced> {
  const { viewers, model, quick, say } = bench;
  await viewers.call("open", { url, dialect: name, count: streams });
  const idle = { heap: await probe.call("collect", undefined), resident: residentBytes(pid) };
  const ramp_ms = (streams / RAMP) * 1_000;
  await viewers.call("begin", { dialect: name, prompt: { every_ms: EVERY_MS }, ramp_ms });
  const begin = performance.now();
  while ((await viewers.call("begun", undefined)) < streams) {
    if (performance.now() - begin > BEGIN_MS) throw new Error(`${name} did not begin all of ${streams} streams.`);
    await sleep(100);
  }
  await sleep(SETTLE_MS);

  const before = { cpu: cpuTime(pid), waited: waitTime(pid), at: performance.now() };
  await viewers.call("record", undefined);
  await sleep(quick ? 4_000 : 12_000);
  const cpu = cpuTime(pid) - before.cpu;
  const waited = waitTime(pid) - before.waited;
  const wall = (performance.now() - before.at) * 1_000;
  const latencies = await viewers.call("recorded", undefined);

  const resident = residentBytes(pid) - idle.resident;
  const heap = (await probe.call("collect", undefined)) - idle.heap;
  const sent = await model.call("finish", undefined);
  const { tokens, problems } = await viewers.call("end", undefined);
  assertDelivered(name, problems);
  if (tokens !== sent) throw new Error(`${name} delivered ${tokens} of ${sent} tokens.`);
  say(`paced ${name}: ${streams} streams, p50 ${latencies.p50.toFixed(1)} ms, p99 ${latencies.p99.toFixed(1)} ms`);
  return {
    ...latencies,
    cpu: (cpu / wall) * 100,
    waited: (waited / wall) * 100,
    cpu_per_token: cpu / latencies.tokens,
    heap: heap / streams / 1_024,
    resident: resident / streams / 1_024,
  };
}
