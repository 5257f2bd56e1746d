import { randomUUID } from "node:crypto";
import { type Event, isDelta, isTerminal } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { type Action, reply, toolCalls } from "@millrace/scripted-model";
import { StoreError } from "@millrace/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Gate, gated, holdingTool } from "./gate.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { HeldStore } from "./held-store.ts";
import type { Viewer } from "./viewer.ts";
import { eventually } from "./within.ts";

/** A twentieth of what holds in earnest. */
const LIMITS = {
  slow_commit_ms: 100,
  lost_commit_ms: 1_500,
  slow_window_ms: 500,
  store_retry_ms: 250,
  heartbeat_ms: 100,
  unstored_text: 16 * 1024,
  command_burst: 1_000,
  rejects_per_minute: 1_000,
};
const PIECE = "0123456789abcdef";
const PIECES = 200_000;
/** More than the sockets' buffers and what the gateway may hold take together. */
const SENT_AT_MOST = 60_000;

let store: HeldStore;
let gateway: GatewayUnderTest;
let gate: Gate;
let sent = 0;

async function* flood(signal: AbortSignal): AsyncGenerator<Action> {
  for (sent = 0; sent < PIECES && !signal.aborted; sent += 1) yield { text: PIECE };
}

beforeEach(async () => {
  store = await HeldStore.open();
  gate = new Gate();
  const hold = holdingTool(gate).tool;
  gateway = await GatewayUnderTest.start({
    store,
    limits: LIMITS,
    tools: [hold],
    rules: [
      { when: "flood", script: (_request, { signal }) => flood(signal) },
      {
        when: "three words",
        script: (_request, { signal }) =>
          gated(
            [{ text: "one " }, gate, { text: "two " }, { delay_ms: 30 }, { text: "three" }, { hang: true }],
            signal,
          ),
      },
      { when: "words", script: (_request, { signal }) => gated([{ text: "one " }, gate, { text: "two" }], signal) },
      {
        when: "tool",
        script: (_request, { step }) =>
          step === 1 ? toolCalls([{ id: "c", name: "hold", arguments: {} }]) : reply("x"),
      },
      { when: "hello", script: reply("Hi.") },
    ],
  });
});
afterEach(async () => {
  store.failure = null;
  store.release();
  await gateway[Symbol.asyncDispose]();
});

const notice = (viewer: Viewer, code: string, from = 0) =>
  viewer.frame("notice", { from, where: (frame) => frame.code === code });

async function quiet(): Promise<void> {
  let before = -1;
  await eventually(async () => {
    if (sent === before) return true;
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 150));
    return false;
  }, "the model to be held up");
}

/** What the deltas of a log say, as long as each continues the one before it. */
const said = (log: readonly Event[]): string =>
  log.filter(isDelta).reduce((text, { offset, content }) => (offset === text.length ? text + content : text), "");

describe("a store that takes long", () => {
  it("R5 F43: holds up the model's socket, not the heartbeat; refuses new messages; loses nothing and closes nobody", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("flood");
    await viewer.event("text_delta");
    store.hold();
    await notice(viewer, "storage_slow");
    await quiet();
    expect(sent).toBeLessThan(SENT_AT_MOST);

    const from = viewer.frames.length;
    await viewer.frame("heartbeat", { from });
    const message = { content: "hello", message_id: randomUUID() };
    const refused = await viewer.command({ type: "send", ...message });
    expect(refused).toMatchObject({ type: "reject", code: "storage_unavailable", retry_after_ms: 5_000 });
    const answer = await gateway.http.post("/api/v1/agent/run", { message: "hello" });
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
    expect((await gateway.http.get("/readyz")).status).toBe(200);
    const late = await gateway.connect();
    await notice(late, "storage_slow");
    // Nothing is shown that is not stored.
    expect(viewer.events(session_id, from)).toEqual([]);

    store.release();
    await viewer.until((frame) => isTerminal(frame), { ms: 30_000 });
    expect(store.longest).toBeLessThan(LIMITS.unstored_text + 300 * 1024);
    const log = await gateway.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    expect(log.at(-1)).toMatchObject({ type: "done", content: PIECE.repeat(PIECES) });
    await notice(viewer, "storage_ok");
    await viewer.send("hello", { message_id: message.message_id });
    await viewer.event("done", 2);
    expect(gateway.responder.calls.get("hello")).toBe(1);
  });

  it("R5: however little there is to store, the model waits for what takes too long", async () => {
    const viewer = await gateway.connect();
    await viewer.send("words");
    await viewer.event("text_delta");
    store.hold();
    gate.open();
    await notice(viewer, "storage_slow");
    store.release();
    expect(await viewer.event("done")).toMatchObject({ content: "one two" });
  });

  it("R5: what is not stored for so long breaks the run off; it ends when the store is back, and the next message works", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("flood");
    await viewer.event("text_delta");
    store.hold();
    await notice(viewer, "storage_unavailable");
    expect(await gateway.http.get("/readyz")).toMatchObject({
      status: 503,
      json: { error: { code: "storage_unavailable" } },
    });
    const stopped = sent;
    expect(stopped).toBeLessThan(SENT_AT_MOST);
    store.release();
    const end = await viewer.event("error");
    expect(end).toMatchObject({ code: "storage_unavailable", reason: "interrupted", retryable: true });
    const log = await gateway.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    expect(PIECE.repeat(PIECES).startsWith(said(log))).toBe(true);
    await notice(viewer, "storage_ok");
    expect((await gateway.http.get("/readyz")).status).toBe(200);
    await viewer.send("hello", { session_id });
    expect(await viewer.event("done")).toMatchObject({ content: "Hi." });
    expect(sent).toBe(stopped);
  });

  it("R5 RUN-3: a call whose result did not arrive in time has exactly one", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("tool");
    await viewer.event("tool_start");
    store.hold();
    gate.open();
    await notice(viewer, "storage_unavailable");
    store.release();
    await viewer.event("error");
    const log = await gateway.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    expect(log.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "completed" }]);
  });
});

describe("a store that fails", () => {
  it("R6 F49 HB-5: aborts the step, says so, and ends the run when it is over", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("flood");
    await viewer.event("text_delta");
    const from = viewer.frames.length;
    store.hold();
    await notice(viewer, "storage_slow");
    store.failure = new StoreError("full", "The disk is full.");
    store.release();
    await notice(viewer, "storage_full");
    const stopped = sent;
    expect(viewer.events(session_id, from).every(isDelta)).toBe(true);
    expect(await gateway.http.get("/readyz")).toMatchObject({ status: 503, json: { error: { code: "storage_full" } } });
    const refused = await viewer.command({ type: "send", session_id, content: "hello", message_id: randomUUID() });
    expect(refused).toMatchObject({ type: "reject", code: "storage_unavailable", retry_after_ms: 5_000 });
    // The log can still be read.
    expect((await gateway.events(session_id)).length).toBeGreaterThan(2);

    store.failure = null;
    expect(await viewer.event("error")).toMatchObject({ code: "storage_full", reason: "interrupted", retryable: true });
    await notice(viewer, "storage_ok");
    const log = await gateway.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    expect(viewer.view(session_id)).toEqual((await viewed(session_id)).view);
    await viewer.send("hello", { session_id });
    expect(await viewer.event("done")).toMatchObject({ content: "Hi." });
    expect(sent - stopped).toBeLessThan(SENT_AT_MOST);
  });

  it("R6: what came behind the commit that failed is not stored either: it would follow on a hole", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("three words");
    await viewer.event("text_delta");
    store.hold();
    gate.open();
    await notice(viewer, "storage_slow");
    store.failOnce(new StoreError("full", "The disk is full."));
    expect(await viewer.event("error")).toMatchObject({ code: "storage_full" });
    const log = await gateway.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    expect(log.filter(isDelta)).toMatchObject([{ content: "one " }]);
  });

  it("R6 F95: a message whose unsend could not be stored runs after all, though the run before it rested meanwhile", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("words");
    await viewer.event("text_delta");
    const { message_id } = await viewer.send("hello", { session_id });
    const other = await gateway.connect();
    const ended = new Gate();
    const append = store.append.bind(store);
    store.append = async (batch) => {
      const types = batch.flatMap(({ entries }) => entries.map(({ event }) => event.type));
      if (types.includes("message_withdrawn")) throw new StoreError("full", "The disk is full.");
      const appended = await append(batch);
      if (types.includes("done")) await ended.pass();
      return appended;
    };
    gate.open();
    await ended.reached;
    // One of two takes it back, on its way into the log behind the end of the run: that rests before it is known to fail.
    const refusals = [viewer, other].map((one) => one.refused({ type: "unsend", session_id, message_id }));
    expect(await Promise.race(refusals)).toBe("not_found");
    ended.open();
    expect((await Promise.all(refusals)).sort()).toEqual(["not_found", "storage_unavailable"]);
    expect(await viewer.event("done", 2)).toMatchObject({ content: "Hi." });
    expect(brokenRules(await gateway.events(session_id))).toEqual([]);
  });

  it("R6: without a run that has something to write, a commit is tried until it works", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("hello");
    await viewer.event("done");
    store.failure = new StoreError("full", "The disk is full.");
    const refused = await viewer.command({ type: "send", session_id, content: "hello", message_id: randomUUID() });
    expect(refused).toMatchObject({ code: "storage_unavailable" });
    await notice(viewer, "storage_full");
    store.failure = null;
    await notice(viewer, "storage_ok");
    const log = await gateway.events(session_id);
    expect(log.at(-1)?.type).toBe("done");
  });
});

/** A session as somebody sees it who comes now. */
async function viewed(session_id: string): Promise<{ view: ReturnType<Viewer["view"]> }> {
  const late = await gateway.connect();
  await late.subscribe(session_id);
  await late.frame("live");
  return { view: late.view(session_id) };
}
