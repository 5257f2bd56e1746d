import { emptyView, fold, isDelta } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { floodText, numberedFlood, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../src/index.ts";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { Gate } from "./gate.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { coverage, upTo, type Viewer } from "./viewer.ts";
import { eventually, within } from "./within.ts";

const COUNT = 30_000;
let gateway: GatewayUnderTest;
let go: Gate;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    limits: { outgoing_bytes: 256 * 1024, outgoing_ms: 60_000, socket_high_water: 16 * 1024, command_burst: 1_000 },
    rules: [
      {
        when: /^flood/,
        script: async (_request, { signal }) => {
          await go.pass(signal);
          return numberedFlood({ count: COUNT, perChunk: 20 });
        },
      },
    ],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function flooded(): Promise<{ first: Viewer; slow: Viewer; session_id: string }> {
  go = new Gate();
  const first = await gateway.connect();
  const { session_id } = await first.send("flood");
  const slow = await gateway.connect();
  await slow.subscribe(session_id);
  await slow.frame("live");
  return { first, slow, session_id };
}

describe("a viewer that reads slowly", () => {
  it("SUB-9 F6: that stops for a while gets fewer, merged frames and loses nothing; the others notice nothing", async () => {
    const { first, slow, session_id } = await flooded();
    slow.socket.pause();
    go.open();
    await first.event("done");
    const paused = slow.frames.length;
    slow.socket.resume();
    await slow.event("done");
    expect(slow.view(session_id)).toEqual(first.view(session_id));
    expect(slow.view(session_id).turns[0]?.phase).toMatchObject({ content: floodText({ count: COUNT }) });
    const seen = coverage(slow.events(session_id));
    expect(seen).toEqual(upTo(seen.length));
    expect(slow.events(session_id).length).toBeLessThanOrEqual(first.events(session_id).length);
    expect(slow.frames.length).toBeGreaterThan(paused);
    expect(brokenRules(await gateway.events(session_id))).toEqual([]);
  });

  it("F7 SUB-9: that never reads again is ended with 4004 or terminated, in bounded memory, and resumes with nothing lost", async () => {
    using folder = new Folder();
    await using model = await startScriptedModel({
      responder: scriptByContent([{ when: "flood", script: numberedFlood({ count: 400_000, perChunk: 100 }) }]),
    });
    await using child = await ChildGateway.start({
      data_dir: folder.path,
      model,
      limits: { outgoing_ms: 500 },
      env: { LOG_LEVEL: "info" },
    });
    const first = await child.connect();
    const { session_id } = await first.send("flood");
    const dead = await child.connect();
    await dead.subscribe(session_id);
    await dead.event("text_delta");
    dead.socket.pause();
    await first.until((frame) => frame.type === "done", { ms: 30_000 });
    const slow = /"buffered":(\d+),"msg":"closed a slow viewer"/;
    await eventually(() => slow.test(child.process.stderr), "the end of the viewer");
    expect(Number(slow.exec(child.process.stderr)?.[1])).toBeLessThanOrEqual(DEFAULT_LIMITS.outgoing_bytes);
    dead.socket.resume();
    const { code } = await within(dead.closed, "the close");
    expect([4004, 1006]).toContain(code);
    const seen = dead.events(session_id);
    expect(seen.at(-1)?.seq ?? 0).toBeLessThan(first.view(session_id).seq);
    const back = await child.connect();
    await back.subscribe(session_id, { after: seen.at(-1)?.seq ?? 0 });
    await back.frame("live");
    const whole = fold(fold(emptyView(), seen), back.events(session_id));
    expect(whole).toEqual(first.view(session_id));
    expect(whole.turns[0]?.phase).toMatchObject({ content: floodText({ count: 400_000 }) });
  });

  it("R8: a frame longer than the outgoing limit reaches a viewer that keeps up", async () => {
    await using small = await GatewayUnderTest.start({
      limits: { outgoing_bytes: 32 * 1024, socket_high_water: 16 * 1024 },
      rules: [{ when: "flood", script: numberedFlood({ count: 200_000, perChunk: 100 }) }],
    });
    const viewer = await small.connect();
    const { session_id } = await viewer.send("flood");
    const { content } = await viewer.event("done");
    expect(content).toBe(floodText({ count: 200_000 }));
    const late = await small.connect();
    await late.subscribe(session_id);
    await late.frame("live");
    expect(late.view(session_id)).toEqual(viewer.view(session_id));
  });

  it("R8: that lets control frames pile up is ended when the outgoing buffer is full", async () => {
    await using small = await GatewayUnderTest.start({
      limits: {
        outgoing_bytes: 64 * 1024,
        outgoing_ms: 60_000,
        command_burst: 100_000,
        commands_per_minute: 1_000_000,
      },
    });
    const greedy = await small.connect();
    greedy.socket.pause();
    const id = "x".repeat(64);
    for (let sent = 0; sent < 100_000 && greedy.socket.readyState === greedy.socket.OPEN; sent++) {
      greedy.write({ type: "ping", id });
      if (sent % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    greedy.socket.resume();
    expect([4004, 1006]).toContain((await within(greedy.closed, "the close")).code);
    const other = await small.connect();
    expect(await other.command({ type: "ping" })).toMatchObject({ type: "ack" });
  });

  it("MERGE-4: a late viewer of a long block gets it in few frames", async () => {
    const { first, session_id } = await flooded();
    go.open();
    await first.event("done");
    const late = await gateway.connect();
    await late.subscribe(session_id);
    await late.frame("live");
    const deltas = late.events(session_id).filter((event) => isDelta(event));
    expect(deltas.length).toBeLessThan(COUNT / 20 / 4);
    expect(Math.max(...deltas.map((event) => JSON.stringify(event).length))).toBeLessThan(64 * 1024);
    expect(late.view(session_id)).toEqual(first.view(session_id));
  });
});
