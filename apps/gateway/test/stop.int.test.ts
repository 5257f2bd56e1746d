import { type EventOf, isTerminal } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { reply, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Gate, gated, holdingTool } from "./gate.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { Viewer } from "./viewer.ts";
import { within } from "./within.ts";

const never = new Gate();
const hold = holdingTool(never);
let gateway: GatewayUnderTest;
let viewer: Viewer;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    tools: [hold.tool],
    limits: { command_burst: 10_000, rejects_per_minute: 1_000 },
    rules: [
      { when: "hello", script: reply("Hi.") },
      { when: "silent", script: [{ hang: true }] },
      { when: "talk", script: (_r, { signal }) => gated([{ text: "As I was say" }, never], signal) },
      { when: "think", script: (_r, { signal }) => gated([{ reasoning: "Hm" }, never], signal) },
      {
        when: "tool",
        script: (_r, { step }) =>
          step > 1
            ? reply("Never said.")
            : [
                { text: "Let me see." },
                ...toolCalls([1, 2].map((n) => ({ id: `c${n}`, name: "hold", arguments: { say: "…" } }))),
              ],
      },
      {
        when: "arguments",
        script: (_r, { signal }) =>
          gated(
            [{ delta: { tool_calls: [{ index: 0, id: "c", function: { name: "hold", arguments: '{"sa' } }] } }, never],
            signal,
          ),
      },
    ],
  });
  viewer = await gateway.connect();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Sends a message, waits for an event of its run, stops the run, and waits for its end. */
async function stopAt(content: string, type: "session_start" | "step" | "text_delta" | "thinking" | "tool_call_delta") {
  const { session_id } = await viewer.send(content);
  const of = (frame: { session_id: string }) => frame.session_id === session_id;
  const { run_id = "" } = (await viewer.frame(type, { where: of })) as { run_id?: string };
  return { session_id, run_id, ...(await stop(session_id, run_id)) };
}

async function stop(session_id: string, run_id: string): Promise<{ ack: object; end: EventOf<"cancelled"> }> {
  const ack = await viewer.command({ type: "stop", session_id, run_id });
  const end = await viewer.frame("cancelled", { where: (frame) => frame.run_id === run_id });
  const log = await gateway.events(session_id);
  expect(brokenRules(log)).toEqual([]);
  expect(log.filter((event) => event.run_id === run_id && isTerminal(event))).toHaveLength(1);
  return { ack, end };
}

async function upstreamClosed(): Promise<void> {
  const request = gateway.model.requests.at(-1);
  await within(request?.closed ?? Promise.reject(new Error("no request")), "the model's request to be closed", 3_000);
  expect(request?.aborted).toBe(true);
}

async function nextWorks(session_id: string): Promise<void> {
  const from = viewer.frames.length;
  await viewer.send("hello", { session_id });
  const done = await viewer.frame("done", { from, where: (frame) => frame.session_id === session_id });
  expect(done.content).toBe("Hi.");
}

describe("stop", () => {
  it("F38 STOP-1 T34: the ack says stopping, and the intent stands in the log before it", async () => {
    const { session_id, ack, run_id, end } = await stopAt("silent", "step");
    expect(ack).toMatchObject({ type: "ack", session_id, outcome: "stopping" });
    const log = await gateway.events(session_id);
    expect(log.find(({ type }) => type === "stop_requested")).toMatchObject({ run_id, by: "local" });
    expect(end).toMatchObject({ content: "", steps: 1 });
    await upstreamClosed();
    await nextWorks(session_id);
  });

  it("F38: before the first model call no model is asked", async () => {
    await using early = await GatewayUnderTest.start({ rules: [{ when: "hello", script: reply("Hi.") }] });
    // The only reader leaves as soon as the request is there, which is before the run has begun.
    for (let round = 0; round < 10; round++) {
      const { http } = early;
      const open = http.open("/api/v1/agent/run/stream", { method: "POST", body: { message: "hello" } });
      (await open).destroy();
    }
    const { sessions } = (await early.http.get("/api/v1/sessions")).json as { sessions: { session_id: string }[] };
    const watcher = await early.connect();
    for (const { session_id } of sessions) {
      await watcher.subscribe(session_id);
      await watcher.until((frame) => isTerminal(frame) && frame.session_id === session_id);
      const log = watcher.events(session_id);
      expect(brokenRules(log)).toEqual([]);
      if (!log.some(({ type }) => type === "step")) expect(log.at(-1)).toMatchObject({ type: "cancelled", steps: 0 });
    }
  });

  it("F38 STOP-2 STOP-4 STOP-5: while streaming, what was said is kept and the upstream request closed", async () => {
    const { session_id, end } = await stopAt("talk", "text_delta");
    expect(end.content).toBe("As I was say");
    await upstreamClosed();
    await nextWorks(session_id);
    expect(gateway.model.requests.at(-1)?.body.messages).toContainEqual(
      expect.objectContaining({ role: "assistant", content: "As I was say" }),
    );
  });

  it("F38: while thinking", async () => {
    const { end } = await stopAt("think", "thinking");
    expect(end.content).toBe("");
    await upstreamClosed();
  });

  it("F38: while a call's arguments stream, the call is closed as cancelled and the next message works", async () => {
    const { session_id } = await stopAt("arguments", "tool_call_delta");
    await upstreamClosed();
    const results = viewer.events(session_id).filter(({ type }) => type === "tool_result");
    expect(results).toMatchObject([{ outcome: "cancelled", success: false }]);
    await nextWorks(session_id);
  });

  it("F38 RUN-3: in tools, both see the abort, both calls end as cancelled, and no model is asked", async () => {
    const { session_id } = await viewer.send("tool");
    const { run_id = "" } = await viewer.event("tool_start", 2);
    const asked = gateway.model.requests.length;
    const { end } = await stop(session_id, run_id);
    expect(hold.aborted()).toBe(true);
    const results = viewer.events(session_id).filter(({ type }) => type === "tool_result");
    expect(results).toMatchObject([{ outcome: "cancelled" }, { outcome: "cancelled" }]);
    expect(end).toMatchObject({ content: "Let me see.", steps: 1 });
    expect(gateway.model.requests.length).toBe(asked);
    await nextWorks(session_id);
  });

  it("F38: twice, from two connections, is one intent", async () => {
    const other = await gateway.connect();
    const { session_id } = await viewer.send("silent");
    const { run_id = "" } = await viewer.frame("step", { where: (frame) => frame.session_id === session_id });
    const command = { type: "stop", session_id, run_id } as const;
    const acks = await Promise.all([viewer.command(command), other.command(command), viewer.command(command)]);
    await viewer.frame("cancelled", { where: (frame) => frame.session_id === session_id });
    expect(acks.every((ack) => ack.type === "ack" && ack.outcome !== undefined)).toBe(true);
    expect(acks[0]).toMatchObject({ outcome: "stopping" });
    const log = await gateway.events(session_id);
    expect(log.filter(({ type }) => type === "stop_requested")).toHaveLength(1);
    expect(brokenRules(log)).toEqual([]);
  });

  it("F38 B59 STOP-3: after the end, and of an older run, it changes nothing", async () => {
    const { session_id } = await viewer.send("hello");
    const of = (frame: { session_id: string }) => frame.session_id === session_id;
    const { run_id = "" } = await viewer.frame("done", { where: of });
    const command = { type: "stop", session_id, run_id } as const;
    const head = (await gateway.events(session_id)).length;
    expect(await viewer.command(command)).toMatchObject({ type: "ack", outcome: "already_ended" });
    expect(await gateway.events(session_id)).toHaveLength(head);
    await viewer.send("talk", { session_id });
    const from = viewer.frames.length;
    await viewer.frame("text_delta", { from, where: of });
    expect(await viewer.command(command)).toMatchObject({ outcome: "already_ended" });
    expect(viewer.view(session_id).turns.at(-1)?.phase.state).toBe("running");
    const open = viewer.view(session_id).turns.at(-1)?.run_id ?? "";
    await stop(session_id, open);
    expect(await viewer.refused({ type: "stop", session_id, run_id: "none" })).toBe("not_found");
    expect(await viewer.refused({ type: "stop", session_id: "none", run_id })).toBe("not_found");
  });

  it("F38: a queued message is not stopped with the run: it is next", async () => {
    const { session_id } = await viewer.send("talk");
    const of = (frame: { session_id: string }) => frame.session_id === session_id;
    const { run_id = "" } = await viewer.frame("text_delta", { where: of });
    await viewer.send("hello", { session_id });
    await stop(session_id, run_id);
    expect(await viewer.frame("done", { where: of })).toMatchObject({ content: "Hi." });
  });
});
