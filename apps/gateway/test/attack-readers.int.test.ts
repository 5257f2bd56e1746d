import { type Action, floodText, numberedFlood, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { Gate } from "./gate.ts";
import { type Live, liveMemory, MIB, probed } from "./memory.ts";
import { RawWebSocket, wsFrame } from "./raw-socket.ts";
import type { Frame, Viewer } from "./viewer.ts";

const NIGHTLY = process.env.MILLRACE_NIGHTLY === "1";

/** Numbers in one answer: 4.8 MB, as a model may say at most 8 MiB in a step. */
const NUMBERS = 400_000;
const ANSWER = Buffer.byteLength(floodText({ count: 1 })) * NUMBERS;
/** 100 MB in the nightly run. */
const ANSWERS = Math.ceil((NIGHTLY ? 100e6 : 20e6) / ANSWER);
const PINGERS = 10;
/** Thousands of pings that each of them sends, unless it is ended before. */
const PING_ROUNDS = 100;
/** How often memory is looked at. Milliseconds. */
const LOOK_MS = 250;

/** All memory that is free goes back to the system, so that what is left is what is used. */
const env = { ...probed("--max-semi-space-size=1"), MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "65536" };

/** An answer that waits before its last number. */
async function* flood(gate: Gate, signal: AbortSignal): AsyncGenerator<Action> {
  yield* numberedFlood({ count: NUMBERS - 1, perChunk: 500, pace_ms: 1 });
  await gate.pass(signal);
  yield* numberedFlood({ from: NUMBERS, count: 1 });
}

/** UTF-16 code units of so many numbers. */
const floodLength = (numbers: number): number => numbers * floodText({ count: 1 }).length;

/** Looks at what a gateway holds until `work` is done. @returns the most, in bytes */
async function mostResident(gateway: ChildGateway, work: Promise<unknown>): Promise<number> {
  let most = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      most = Math.max(most, (await liveMemory(gateway)).resident);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  await work.finally(() => {
    over = true;
  });
  await watching;
  return most;
}

describe.runIf(process.platform === "linux")("who reads nothing", () => {
  it(`F7 T9: ${Math.round((ANSWERS * ANSWER) / 1e6)} MB are streamed past a viewer that reads nothing: it costs at most 8 MiB`, {
    timeout: NIGHTLY ? 400_000 : 120_000,
  }, async () => {
    let nearlyAll = new Gate();
    using folder = new Folder();
    await using model = await startScriptedModel({
      responder: scriptByContent([{ when: "flood", script: (_r, { signal }) => flood(nearlyAll, signal) }]),
    });
    // It is not ended for the time that it takes, so that it is there for all of it.
    const limits = { outgoing_ms: 3_600_000, idle_session_ms: 50 };
    await using gateway = await ChildGateway.start({ data_dir: folder.path, model, limits, env });
    /** The most memory at the same place of each answer, while nothing moves. */
    const stream = async (answers: number, stalled?: Viewer): Promise<Live> => {
      const most = { held: 0, resident: 0 };
      for (let answer = 0; answer < answers; answer++) {
        nearlyAll = new Gate();
        const reader = await gateway.connect();
        const { session_id } = await reader.send("flood");
        stalled?.write({ type: "subscribe", id: "s", session_id });
        const there = (frame: Frame): boolean =>
          frame.type === "text_delta" && frame.offset + frame.content.length >= floodLength(NUMBERS - 1);
        await reader.until(there, { ms: 60_000 });
        const { held, resident } = await liveMemory(gateway);
        most.held = Math.max(most.held, held);
        most.resident = Math.max(most.resident, resident);
        nearlyAll.open();
        await reader.event("done");
        stalled?.write({ type: "unsubscribe", id: "u", session_id });
        reader.terminate();
      }
      return most;
    };
    await stream(2);
    const alone = await stream(ANSWERS);
    const stalled = await gateway.connect();
    stalled.socket.pause();
    const beside = await stream(ANSWERS, stalled);
    const held = (beside.held - alone.held) / MIB;
    const resident = (beside.resident - alone.resident) / MIB;
    process.stdout.write(
      `F7: ${ANSWERS} answers: ${held.toFixed(1)} MiB more held, RSS ${resident.toFixed(1)} MiB more\n`,
    );
    expect(stalled.socket.readyState).toBe(stalled.socket.OPEN);
    expect(held).toBeLessThanOrEqual(8);
    // What the engine keeps for later comes and goes by tens of MiB.
    expect(resident).toBeLessThanOrEqual(48);
    stalled.terminate();
  });

  it("B35 T8: pings whose pongs nobody reads cost no memory: those who send them are ended, and nobody else", {
    timeout: 60_000,
  }, async () => {
    using folder = new Folder();
    await using model = await startScriptedModel({ responder: scriptByContent([]) });
    await using gateway = await ChildGateway.start({ data_dir: folder.path, model, env });
    const other = await gateway.connect();
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => wsFrame("x".repeat(125), { opcode: 9 })));
    let ended = 0;
    const flood = async (): Promise<void> => {
      using socket = await RawWebSocket.open(gateway.port);
      let open = true;
      void socket.raw.closed.then(() => {
        open = false;
      });
      socket.raw.socket.pause();
      // The system's buffers take the pongs to the first of them; then at most 60 wait.
      for (let round = 0; round < PING_ROUNDS && open; round++) {
        socket.raw.write(pings);
        await new Promise((sent) => setTimeout(sent, 2));
      }
      // Ended for the pings, before any beat finds that it reads nothing.
      if (!open) ended += 1;
    };
    await flood();
    const before = (await liveMemory(gateway)).resident;
    const most = await mostResident(gateway, Promise.all(Array.from({ length: PINGERS }, flood)));
    const more = (most - before) / MIB;
    process.stdout.write(`B35: ${PINGERS} who ping and read nothing: RSS +${more.toFixed(1)} MiB at most\n`);
    expect(more).toBeLessThanOrEqual(16);
    expect(ended).toBe(PINGERS + 1);
    expect(await other.command({ type: "ping" })).toMatchObject({ type: "ack" });
  });
});
