import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  numberedFlood,
  reply,
  type ScriptedModel,
  scriptByContent,
  startScriptedModel,
} from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BAD_INPUTS, type BadInput } from "./bad-inputs.ts";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { RawSocket } from "./raw-socket.ts";
import { coverage, upTo } from "./viewer.ts";
import { eventually } from "./within.ts";

const NIGHTLY = process.env.MILLRACE_NIGHTLY === "1";
/** Connections for each row. */
const EACH = NIGHTLY ? 1_000 : 10;
/** Connections for each row before anything is measured: what a process allocates at its first such hour it keeps. */
const BEFORE = NIGHTLY ? 100 : 5;
const AT_ONCE = 200;
const MIB = 1024 * 1024;

const folder = new Folder();
let model: ScriptedModel;
let gateway: ChildGateway;

beforeAll(async () => {
  model = await startScriptedModel({
    responder: scriptByContent([
      { when: "flood", script: numberedFlood({ count: 100_000, pace_ms: 20 }) },
      { when: /./, script: reply("Hi.") },
    ]),
  });
  gateway = await ChildGateway.start({ data_dir: folder.path, model, limits: { headers_ms: 2_000, body_ms: 3_000 } });
});
afterAll(async () => {
  await gateway.kill();
  await model.close();
  folder[Symbol.dispose]();
});

/** Bytes that the process holds now. */
function memory(): number {
  const status = readFileSync(`/proc/${gateway.process.child.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** One connection: what it was answered, or an empty text where it had to be left. */
async function strike(input: BadInput): Promise<string> {
  using raw = new RawSocket(gateway.port);
  raw.write(input.bytes(gateway.port));
  if (input.waits === true) {
    await Promise.race([raw.closed, new Promise((done) => setTimeout(done, 50))]);
    return raw.text;
  }
  return await raw.end(20_000).catch((error: Error) => {
    throw new Error(`${input.name} stays open: ${error.message}`);
  });
}

async function wave(each: number, answers: Map<string, string>): Promise<number> {
  const rows = Array.from({ length: each }, () => BAD_INPUTS).flat();
  let highest = 0;
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE);
    const said = await Promise.all(some.map((input) => strike(input)));
    for (const [index, input] of some.entries()) answers.set(`${input.name} ${index % 3}`, said[index] ?? "");
    highest = Math.max(highest, memory());
  }
  return highest;
}

describe.runIf(process.platform === "linux")("under attack", () => {
  it(
    `L12 T8 F7: all bad inputs × ${EACH} connections cost no more memory than some of them did; who works here notices nothing`,
    async () => {
      const viewer = await gateway.connect();
      const { session_id } = await viewer.send("flood");
      await viewer.event("text_delta");
      const answers = new Map<string, string>();
      await wave(BEFORE, answers);
      const before = memory();
      const seen = viewer.events(session_id).length;
      const highest = await wave(EACH, answers);
      expect(Math.round((highest - before) / MIB)).toBeLessThanOrEqual(64);
      // The run went on, and nothing of it is missing.
      expect(viewer.socket.readyState).toBe(viewer.socket.OPEN);
      const events = viewer.events(session_id);
      expect(events.length).toBeGreaterThan(seen);
      expect(coverage(events)).toEqual(upTo(events.at(-1)?.seq ?? 0));
      const began = performance.now();
      expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
      expect((await gateway.http.get("/readyz")).status).toBe(200);
      expect(performance.now() - began).toBeLessThan(2_000);
      await eventually(
        async () => /millrace_sockets\{state="open"\} 1\n/.test((await gateway.http.get("/metrics")).text),
        "the strangers to be gone",
      );
      for (const [name, answer] of answers) {
        expect([name, /<html|<!doctype|\bat .+\.(?:ts|js):\d+|node_modules/i.exec(answer)?.[0]]).toEqual([
          name,
          undefined,
        ]);
      }
      expect(gateway.process.stderr).not.toMatch(
        /a request failed|a command failed|an upgrade failed|UnhandledPromise/,
      );
      expect(model.requests).toHaveLength(1);
    },
    NIGHTLY ? 1_200_000 : 120_000,
  );

  it("B27 B39 B64: bytes at random end no process", async () => {
    const random = Array.from({ length: NIGHTLY ? 5_000 : 200 }, (_, n) => randomBytes(1 + ((n * 37) % 4_000)));
    for (let at = 0; at < random.length; at += AT_ONCE) {
      await Promise.all(
        random.slice(at, at + AT_ONCE).map((bytes) => strike({ name: "random", waits: true, bytes: () => bytes })),
      );
    }
    expect((await gateway.http.get("/healthz")).status).toBe(200);
  });
});
