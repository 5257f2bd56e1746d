import { setTimeout as sleep } from "node:timers/promises";
import { cpuTime } from "../processes/usage.ts";
import { startSubject } from "../servers/subjects.ts";
import { atMost, type Bench, onlyMillrace, type Row } from "./measure.ts";

/** Events that each client has missed, of a run that goes on: at its end they would be merged. */
const MISSED = 200;
const EVERY_MS = 25;

/** Everybody comes back at once, as after a restart of what stands in front. The other servers cannot. */
export async function resume(bench: Bench): Promise<readonly Row[]> {
  const { viewers, model, quick, say } = bench;
  const clients = quick ? 200 : 1_000;
  const { url, pid, stop } = await startSubject("millrace", bench);
  try {
    await viewers.call("lead", { url, prompt: { every_ms: EVERY_MS } });
    await viewers.call("openFollowers", { url, count: clients });
    while ((await viewers.call("head", undefined)) <= MISSED + 10) await sleep(100);
    const before = cpuTime(pid);
    const ms = await viewers.call("follow", { behind: MISSED });
    const cpu = (cpuTime(pid) - before) / clients;
    await model.call("finish", undefined);
    const problem = await viewers.call("closeFollowers", undefined);
    if (problem !== null) throw new Error(`millrace did not deliver: ${problem}`);
    say(`resume: ${clients} clients within ${ms.toFixed(0)} ms, ${cpu.toFixed(0)} µs each`);
    const of = `${clients} clients at once, ${MISSED} events missed`;
    return [
      { what: `until all are live, ${of}`, unit: "ms", values: onlyMillrace(ms), goal: atMost(1_000, "ms", ms) },
      { what: `CPU per client, ${of}`, unit: "µs", values: onlyMillrace(cpu) },
    ];
  } finally {
    await stop();
  }
}
