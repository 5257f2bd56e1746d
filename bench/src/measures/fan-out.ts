import { setTimeout as sleep } from "node:timers/promises";
import { cpuTime } from "../processes/usage.ts";
import { startSubject } from "../servers/subjects.ts";
import { atMost, type Bench, onlyMillrace, type Row } from "./measure.ts";

/** 40 tokens per second. */
const EVERY_MS = 25;
const SETTLE_MS = 1_000;

/** One stream with many viewers. The other servers have none of it. */
export async function fanOut(bench: Bench): Promise<readonly Row[]> {
  const { viewers, model, quick, say } = bench;
  const rows: Row[] = [];
  for (const count of quick ? [100] : [100, 500]) {
    const { url, pid, stop } = await startSubject("millrace", bench);
    try {
      await viewers.call("lead", { url, prompt: { every_ms: EVERY_MS } });
      await viewers.call("openFollowers", { url, count });
      await viewers.call("follow", { behind: 0 });
      await sleep(SETTLE_MS);
      await viewers.call("recordFollowers", undefined);
      const before = cpuTime(pid);
      await sleep(quick ? 3_000 : 8_000);
      const cpu = cpuTime(pid) - before;
      const { tokens, p50, p99 } = await viewers.call("recordedFollowers", undefined);
      await model.call("finish", undefined);
      const problem = await viewers.call("closeFollowers", undefined);
      if (problem !== null) throw new Error(`millrace did not deliver: ${problem}`);
      say(`fan-out: ${count} viewers, ${(cpu / tokens).toFixed(2)} µs per token and viewer, p99 ${p99.toFixed(1)} ms`);
      const of = `one stream, ${count} viewers`;
      rows.push(
        { what: `CPU per token and viewer, ${of}`, unit: "µs", values: onlyMillrace(cpu / tokens) },
        { what: `latency p50, ${of}`, unit: "ms", values: onlyMillrace(p50) },
        { what: `latency p99, ${of}`, unit: "ms", values: onlyMillrace(p99), goal: atMost(150, "ms", p99) },
      );
    } finally {
      await stop();
    }
  }
  return rows;
}
