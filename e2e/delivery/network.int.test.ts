import { afterAll, beforeAll, expect, test } from "vitest";
import { ChaosProxy, type Conditions } from "../kit/chaos-proxy.ts";
import { freePort } from "../kit/gateway-process.ts";
import { type Fault, judge } from "../kit/oracle.ts";
import { seeded } from "../kit/random.ts";
import { floodAnswer, ScriptedGateway } from "../kit/scripted-gateway.ts";
import { Viewer } from "../kit/viewer.ts";

const HEARTBEAT = 500;
const CHUNKS = 300;
const NIGHTLY = process.env.MILLRACE_NIGHTLY === "1";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let gateway: ScriptedGateway;
let port = 0;
let front = 0;

beforeAll(async () => {
  port = await freePort();
  front = await freePort();
  gateway = await ScriptedGateway.start({ port, fronts: [front], limits: { heartbeat_ms: HEARTBEAT } });
});

afterAll(async () => gateway[Symbol.asyncDispose]());

/** Plays a network while a run streams to some viewers, and says what the oracle finds when everything is there. */
async function through(
  conditions: Conditions,
  trouble: (proxy: ChaosProxy, viewers: readonly Viewer[]) => Promise<void>,
  { viewers: many = 2, chunks = CHUNKS, ms = 20_000 } = {},
): Promise<readonly Fault[]> {
  const proxy = await ChaosProxy.start(front, port, conditions);
  const session_id = await gateway.flood(chunks);
  const url = `http://127.0.0.1:${front}`;
  const viewers = Array.from({ length: many }, (_, n) => new Viewer(url, session_id, `viewer ${n + 1}`));
  try {
    await trouble(proxy, viewers);
    const log = await gateway.quietLog(session_id);
    await Promise.all(viewers.map((viewer) => viewer.reaches(log.head, ms)));
    const faults = [...judge({ logs: [log], viewers })];
    const said = log.view.turns[0]?.items.flatMap((item) => (item.kind === "text" ? [item.content] : [])).join("");
    if (said !== floodAnswer(chunks)) faults.push({ verdict: "TEXT", message: "the log says something else" });
    return faults;
  } finally {
    for (const viewer of viewers) viewer.close();
    await proxy.close();
  }
}

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  for (let waited = 0; !holds() && waited < ms; waited += 10) await pause(10);
  return holds();
}

/** Until there was something to see. */
const streaming = (viewers: readonly Viewer[]): Promise<boolean> =>
  until(() => viewers.every(({ view }) => view.seq > 5), 5_000);

test("F2: half-open both ways: the gateway closes with 4003, the client comes back by itself", async () => {
  const closed = await gateway.closes(4003);
  let back = 0;
  const faults = await through({}, async (proxy, viewers) => {
    await streaming(viewers);
    proxy.blackhole("up", "down");
    const began = Date.now();
    await until(() => viewers.every(({ connections }) => connections > 1), 10_000);
    back = Date.now() - began;
  });
  expect(faults).toEqual([]);
  // Two beats of silence, the wait before the attempt, and a busy machine.
  expect(back).toBeGreaterThan(HEARTBEAT);
  expect(back).toBeLessThan(2 * HEARTBEAT + 2_500);
  expect(await gateway.closes(4003)).toBeGreaterThan(closed);
});

test("F3: only the way to the client is dead: silence for two beats brings it back", async () => {
  let back = false;
  const faults = await through({}, async (proxy, viewers) => {
    await streaming(viewers);
    proxy.blackhole("down");
    back = await until(() => viewers.every(({ connections }) => connections > 1), 2 * HEARTBEAT + 2_500);
  });
  expect(faults).toEqual([]);
  expect(back).toBe(true);
});

test("F4: reset in the middle of a frame, at a byte that is swept: no part of a frame is applied", async () => {
  let cuts = 0;
  const faults = await through(
    {},
    async (proxy, viewers) => {
      await streaming(viewers);
      for (const bytes of [1, 2, 3, 7, 20, 50, 90, 130, 190, 260, 400, 700]) {
        const before = viewers.map(({ connections }) => connections);
        proxy.cut(
          () => true,
          () => bytes,
        );
        await until(() => {
          for (const { client } of viewers) client.retryNow();
          return viewers.every(({ connections }, n) => connections > (before[n] ?? 0));
        }, 1_500);
      }
      cuts = proxy.cuts;
    },
    { chunks: 900 },
  );
  expect(faults).toEqual([]);
  expect(cuts).toBeGreaterThan(10);
});

test("F4: a half that is closed ends the connection, and another takes its place", async () => {
  let back = false;
  const faults = await through({}, async (proxy, viewers) => {
    await streaming(viewers);
    proxy.halfClose();
    back = await until(() => viewers.every(({ connections }) => connections > 1), 4_000);
  });
  expect([faults, back]).toEqual([[], true]);
});

test("F5: 300 ± 200 ms with stalls of 3 s: everything arrives, in order", async () => {
  const random = seeded(5);
  const delay = (): number => (random() < 0.01 ? 3_000 : 100 + 400 * random());
  expect(await through({ delay }, async () => {}, { viewers: 3 })).toEqual([]);
});

test("F6: 8 KiB/s: fewer and merged frames, nothing is left out", async () => {
  const viewers: Viewer[] = [];
  const faults = await through({ rate: 8.192 }, async (_proxy, all) => void viewers.push(...all), { ms: 40_000 });
  expect(faults).toEqual([]);
  const frames = viewers.map(({ ledger }) => ledger.frames.length);
  expect(Math.max(...frames)).toBeLessThan(CHUNKS);
});

test("F9: cut at every place of the first frames: welcome, subscribed, the history, live", async () => {
  let at = 150;
  const limit = (): number => {
    at += 61;
    // Each way in is cut once; who comes back gets through.
    return at < 150 + 61 * 60 ? at : Number.POSITIVE_INFINITY;
  };
  const proxied = { viewers: 60, chunks: 60 };
  expect(await through({ limit }, async () => {}, proxied)).toEqual([]);
  expect(at).toBeGreaterThan(150 + 61 * 60);
});

test("F21: the heartbeat keeps a connection open that a proxy would end for being idle", async () => {
  let connections: number[] = [];
  const patient = await through({ idle_ms: 2.5 * HEARTBEAT }, async (_proxy, viewers) => {
    await streaming(viewers);
    await pause(9 * HEARTBEAT);
    connections = viewers.map((viewer) => viewer.connections);
  });
  expect([patient, connections]).toEqual([[], [1, 1]]);
  const hasty = await through({ idle_ms: HEARTBEAT / 2 }, async (_proxy, viewers) => {
    await gateway.quietLog(viewers[0]?.session_id ?? "");
    await pause(4 * HEARTBEAT);
    connections = viewers.map((viewer) => viewer.connections);
  });
  expect(hasty).toEqual([]);
  expect(Math.min(...connections), "a proxy that is too hasty cuts them").toBeGreaterThan(1);
});

test("F29: a process that stands still for longer than a viewer waits goes on where it was", {
  timeout: 90_000,
}, async () => {
  for (const still of NIGHTLY ? [2_000, 8_000, 16_000] : [2_000]) {
    const faults = await through({}, async (_proxy, viewers) => {
      await streaming(viewers);
      process.kill(gateway.process.pid, "SIGSTOP");
      await pause(still);
      process.kill(gateway.process.pid, "SIGCONT");
    });
    expect(faults, `${still} ms`).toEqual([]);
  }
});
