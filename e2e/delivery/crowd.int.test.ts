import { readFileSync } from "node:fs";
import { MillraceClient } from "@millrace/client";
import { expect, test } from "vitest";
import { ChaosProxy } from "../kit/chaos-proxy.ts";
import { freePort } from "../kit/gateway-process.ts";
import { judge } from "../kit/oracle.ts";
import { ScriptedGateway } from "../kit/scripted-gateway.ts";
import { Viewer } from "../kit/viewer.ts";

const NIGHTLY = process.env.MILLRACE_NIGHTLY === "1";

const CROWD = NIGHTLY ? 1_000 : 100;

test(`F8: ${CROWD} clients come back within 2 s to 200 events that they missed, and all have them within 5 s`, {
  timeout: 180_000,
}, async () => {
  const [port, front] = [await freePort(), await freePort()];
  // The heartbeat is the usual one: with a short one a busy machine closes whom it has no time to hear.
  await using gateway = await ScriptedGateway.start({ port, fronts: [front] });
  const first = await ChaosProxy.start(front, port);
  const session_id = await gateway.flood(10);
  const url = `http://127.0.0.1:${front}`;
  const viewers = Array.from({ length: CROWD }, (_, n) => new Viewer(url, session_id, `viewer ${n + 1}`));
  const seen = (await gateway.quietLog(session_id)).head;
  expect(await until(() => viewers.every(({ view }) => view.seq >= seen), 60_000), "everybody is there").toBe(true);
  await first.close();

  const speaker = new MillraceClient({ url: gateway.url });
  speaker.connect();
  // Chunks of one commit are one event.
  await speaker.send({ session_id, content: "flood 1500" }).accepted;
  speaker.close();
  const missed = await gateway.quietLog(session_id);
  expect(missed.head - seen).toBeGreaterThan(200);
  expect(viewers.every(({ view }) => view.seq === seen)).toBe(true);

  const proxy = await ChaosProxy.start(front, port);
  const tasks = ["thread-self", gateway.process.pid] as const;
  const before = tasks.map(cpuOf);
  const began = performance.now();
  const asked = viewers.map((viewer, n) => {
    const at = (2_000 * n) / CROWD;
    setTimeout(() => viewer.client.retryNow(), at);
    return at;
  });
  const arrived = new Map<Viewer, number>();
  await until(() => {
    const passed = performance.now() - began;
    for (const viewer of viewers)
      if (viewer.view.seq >= missed.head && !arrived.has(viewer)) arrived.set(viewer, passed);
    return arrived.size === CROWD;
  }, 30_000);
  const took = viewers.map((viewer, n) => (arrived.get(viewer) ?? 30_000) - (asked[n] ?? 0)).sort((a, b) => a - b);
  const last = Math.max(...viewers.map((viewer) => arrived.get(viewer) ?? 30_000));
  const spent = (key: keyof Cpu): number[] =>
    tasks.map((task, n) => Math.round(cpuOf(task)[key] - (before[n]?.[key] ?? 0)));
  const [used, waited] = [spent("used"), spent("waited")];
  const [half, most] = [took[Math.floor(CROWD / 2)], took[Math.floor(CROWD * 0.99)]].map((ms) => Math.round(ms ?? 0));
  process.stdout.write(
    `F8: ${CROWD} back, p50 ${half} ms, p99 ${most} ms, the last after ${Math.round(last)} ms; CPU of clients and gateway ${used.join(" + ")} ms, waited for one ${waited.join(" + ")} ms\n`,
  );
  const faults = judge({ logs: [missed], viewers });
  for (const viewer of viewers) viewer.close();
  await proxy.close();
  expect(faults).toEqual([]);
  // Once there, once back: nobody was cut off because others came too.
  expect(Math.max(...viewers.map(({ connections }) => connections))).toBe(2);
  // What other processes took is theirs.
  expect(last - Math.max(...waited)).toBeLessThan(5_000);
});

interface Cpu {
  /** Milliseconds. */
  readonly used: number;
  /** Milliseconds that it could have gone on, and other processes had the processors. */
  readonly waited: number;
}

/** What the system tells of a thread, if it does. @param task a process id, or `thread-self` */
function cpuOf(task: number | "thread-self"): Cpu {
  try {
    const [used = 0, waited = 0] = readFileSync(`/proc/${task}/schedstat`, "utf8").split(" ").map(Number);
    return { used: used / 1e6, waited: waited / 1e6 };
  } catch {
    return { used: 0, waited: 0 };
  }
}

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  for (let waited = 0; !holds() && waited < ms; waited += 10) await new Promise((resolve) => setTimeout(resolve, 10));
  return holds();
}
