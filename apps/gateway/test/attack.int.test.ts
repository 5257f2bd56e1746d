import { randomBytes } from "node:crypto";
import {
  numberedFlood,
  reply,
  type ScriptedModel,
  scriptByContent,
  startScriptedModel,
} from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { BAD_INPUTS, type BadInput } from "./bad-inputs.ts";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { liveMemory, MIB, probed, residentMemory } from "./memory.ts";
import { RawSocket } from "./raw-socket.ts";
import { coverage, upTo } from "./viewer.ts";
import { eventually } from "./within.ts";

const NIGHTLY = process.env.MILLRACE_NIGHTLY === "1";
/** Connections for each row. */
const EACH = NIGHTLY ? 1_000 : 10;
/** Connections for each row before anything is measured: what a process allocates at its first such hour it keeps. */
const BEFORE = NIGHTLY ? 100 : 5;
const AT_ONCE = 200;

/**
 * The table's +64 MiB while it lasts is kept only by a process that is told to keep its young generation small. As
 * started, Node takes up to 230 MiB in the rush of the full size, which nothing holds: what is left after a collection
 * has the table's bound, and what was taken has its own.
 */
const PROCESSES = [
  { name: "as started", options: "", each: EACH, resident: 320 },
  {
    name: "with a small young generation",
    options: "--max-semi-space-size=4",
    each: Math.min(EACH, 100),
    resident: 64,
  },
] as const;
/** Of what is left within 30 s, in MiB: by the process, and by objects and buffers. */
const LEFT = { resident: 64, held: 8 };

class Attacked implements AsyncDisposable {
  readonly model: ScriptedModel;
  readonly gateway: ChildGateway;
  readonly #folder: Folder;

  private constructor(model: ScriptedModel, gateway: ChildGateway, folder: Folder) {
    this.model = model;
    this.gateway = gateway;
    this.#folder = folder;
  }

  static async start(options: string): Promise<Attacked> {
    const folder = new Folder();
    const model = await startScriptedModel({
      responder: scriptByContent([
        { when: "flood", script: numberedFlood({ count: 100_000, pace_ms: 20 }) },
        { when: /./, script: reply("Hi.") },
      ]),
    });
    const limits = { headers_ms: 2_000, body_ms: 3_000 };
    const gateway = await ChildGateway.start({ data_dir: folder.path, model, limits, env: probed(options) });
    return new Attacked(model, gateway, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.kill();
    await this.model.close();
    this.#folder[Symbol.dispose]();
  }
}

/** One connection: what it was answered, or an empty text where it had to be left. */
async function strike(gateway: ChildGateway, input: BadInput): Promise<string> {
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

async function wave(gateway: ChildGateway, each: number, answers: Map<string, string>): Promise<number> {
  const rows = Array.from({ length: each }, () => BAD_INPUTS).flat();
  let highest = 0;
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE);
    const said = await Promise.all(some.map((input) => strike(gateway, input)));
    for (const [index, input] of some.entries()) answers.set(`${input.name} ${index % 3}`, said[index] ?? "");
    highest = Math.max(highest, residentMemory(gateway));
  }
  return highest;
}

async function strangersGone(gateway: ChildGateway): Promise<void> {
  await eventually(
    async () => /millrace_sockets\{state="open"\} 1\n/.test((await gateway.http.get("/metrics")).text),
    "the strangers to be gone",
    30_000,
  );
}

describe.runIf(process.platform === "linux")("under attack", () => {
  it.each(PROCESSES)(
    "L12 T8: all bad inputs × $each connections, $name: nothing of them is held within 30 s, RSS +≤ $resident MiB; who works here notices nothing",
    async ({ name: started, options, each, resident }) => {
      await using attacked = await Attacked.start(options);
      const { gateway, model } = attacked;
      const viewer = await gateway.connect();
      const { session_id } = await viewer.send("flood");
      await viewer.event("text_delta");
      const answers = new Map<string, string>();
      await wave(gateway, BEFORE, answers);
      await strangersGone(gateway);
      const before = await liveMemory(gateway);
      const seen = viewer.events(session_id).length;
      const highest = await wave(gateway, each, answers);
      const over = performance.now();
      await strangersGone(gateway);
      const left = await liveMemory(gateway);
      const more = Math.round((highest - before.resident) / MIB);
      const held = (left.held - before.held) / MIB;
      const stays = Math.round((left.resident - before.resident) / MIB);
      process.stdout.write(
        `L12: ${BAD_INPUTS.length} rows × ${each}, ${started}: RSS ${more} MiB more at most; after garbage collection ${held.toFixed(1)} MiB more held, RSS ${stays} MiB more\n`,
      );
      expect(performance.now() - over).toBeLessThan(30_000);
      expect(held).toBeLessThanOrEqual(LEFT.held);
      expect(stays).toBeLessThanOrEqual(LEFT.resident);
      expect(more).toBeLessThanOrEqual(resident);
      // The run went on, and nothing of it is missing.
      expect(viewer.socket.readyState).toBe(viewer.socket.OPEN);
      const events = viewer.events(session_id);
      expect(events.length).toBeGreaterThan(seen);
      expect(coverage(events)).toEqual(upTo(events.at(-1)?.seq ?? 0));
      const began = performance.now();
      expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
      expect((await gateway.http.get("/readyz")).status).toBe(200);
      expect(performance.now() - began).toBeLessThan(2_000);
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
    await using attacked = await Attacked.start("");
    const { gateway } = attacked;
    const random = Array.from({ length: NIGHTLY ? 5_000 : 200 }, (_, n) => randomBytes(1 + ((n * 37) % 4_000)));
    for (let at = 0; at < random.length; at += AT_ONCE) {
      await Promise.all(
        random
          .slice(at, at + AT_ONCE)
          .map((bytes) => strike(gateway, { name: "random", waits: true, bytes: () => bytes })),
      );
    }
    expect((await gateway.http.get("/healthz")).status).toBe(200);
  });
});
