import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../kit/gateway-process.ts";
import { judge } from "../kit/oracle.ts";
import { floodAnswer, ScriptedGateway } from "../kit/scripted-gateway.ts";
import { Viewer } from "../kit/viewer.ts";

const HEARTBEAT = 500;
const CHUNKS = 60;
const NIGHTLY = process.env.MILLRACE_NIGHTLY === "1";

/** Keeps the whole process from doing anything else, in the middle of an answer. */
const blocking = (ms: number): string => `
let blocked = false;
export default {
  hooks: {
    onDelta: ({ content = "" }) => {
      if (blocked || !content.includes("000020")) return;
      blocked = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
    },
  },
};
`;

test.each(NIGHTLY ? [3_000, 8_000, 16_000] : [3_000])(
  "F29: an event loop that is blocked for %i ms: the run goes on where it was, no step is asked again",
  { timeout: 90_000 },
  async (ms) => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-blocked-"));
    const config = join(folder, "blocking.config.ts");
    await writeFile(config, blocking(ms));
    const port = await freePort();
    const limits = { heartbeat_ms: HEARTBEAT };
    await using gateway = await ScriptedGateway.start({ port, fronts: [], limits, env: { MILLRACE_CONFIG: config } });
    const { pid } = gateway.process;
    const session_id = await gateway.flood(CHUNKS);
    const viewers = Array.from({ length: 2 }, (_, n) => new Viewer(gateway.url, session_id, `viewer ${n + 1}`));
    const began = performance.now();
    const done = (): boolean => viewers.every(({ view }) => view.turns[0]?.phase.state === "done");
    while (!done() && performance.now() - began < ms + 20_000) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(performance.now() - began, "it was blocked").toBeGreaterThan(ms * 0.8);
    const log = await gateway.quietLog(session_id);
    await Promise.all(viewers.map((viewer) => viewer.reaches(log.head)));
    for (const viewer of viewers) viewer.close();
    await rm(folder, { recursive: true });
    expect(judge({ logs: [log], viewers })).toEqual([]);
    const turn = log.view.turns[0];
    expect(turn?.phase).toMatchObject({ state: "done", content: floodAnswer(CHUNKS) });
    const types = log.events.map(({ type }) => type);
    expect(types.filter((type) => type === "step" || type === "retry")).toEqual(["step"]);
    // Nobody waits for one that is silent for longer than two beats.
    if (ms > 2 * HEARTBEAT + 2_500) expect(viewers.every(({ connections }) => connections > 1)).toBe(true);
    expect(gateway.process.pid).toBe(pid);
  },
);
