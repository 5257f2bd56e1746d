import { randomUUID } from "node:crypto";
import { type Event, isTerminal, PROTOCOL_VERSION, SUBPROTOCOL } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { floodText, numberedFlood, reply, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Gate, gated, holdingTool } from "./gate.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { coverage, upTo } from "./viewer.ts";
import { within } from "./within.ts";

/** Gates of the messages under way, by the message's text. */
const gates = new Map<string, Gate>();
const gateOf = (text: string): Gate => {
  const gate = gates.get(text) ?? new Gate();
  gates.set(text, gate);
  return gate;
};
const hold = holdingTool(gateOf("tool"));
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    tools: [hold.tool],
    limits: { command_burst: 1_000, rejects_per_minute: 1_000 },
    rules: [
      { when: /^hello/, script: reply("Hi there!", { reasoning: "A greeting.", size: 3 }) },
      { when: /^flood/, script: numberedFlood({ count: 300, perChunk: 1 }) },
      {
        when: /^wait/,
        script: (_r, { text, signal }) => gated([{ text: "one " }, gateOf(text), { text: "two" }], signal),
      },
      {
        when: /^tool/,
        script: (_r, { step }) =>
          step === 1 ? toolCalls([{ id: "c", name: "hold", arguments: {} }]) : reply("After the tool."),
      },
      { when: /^join/, script: reply("Joined.") },
    ],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe("a connection", () => {
  it("CONN-1 SEND-4 LOG-2: says welcome first, then carries a message from send to done", async () => {
    const viewer = await gateway.connect();
    expect(viewer.frames[0]).toMatchObject({
      type: "welcome",
      protocol: PROTOCOL_VERSION,
      heartbeat_ms: 15_000,
      limits: { frame_bytes: 65_536, json_depth: 32, subscriptions: 64 },
      user: { id: "local" },
    });
    const { session_id, message_id, seq, duplicate } = await viewer.send("hello 1");
    expect({ seq, duplicate }).toEqual({ seq: 1, duplicate: false });
    const done = await viewer.event("done");
    expect(done).toMatchObject({ session_id, content: "Hi there!", steps: 1, reason: "completed" });
    const events = viewer.events(session_id);
    expect(coverage(events)).toEqual(upTo(done.seq));
    expect(brokenRules(events)).toEqual([]);
    expect(events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual([
      "user_message",
      "session_start",
      "log_file",
      "step",
      "thinking",
      "text_delta",
      "agent_output",
      "done",
    ]);
    const [turn] = viewer.view(session_id).turns;
    expect(turn?.items.find((item) => item.kind === "message")).toMatchObject({ message: { message_id } });
  });

  it("CONN-2: the subprotocol is optional, and a client that only speaks others is closed with 4103", async () => {
    const plain = await gateway.connect({ protocols: [] });
    expect(plain.socket.protocol).toBe("");
    const ours = await gateway.connect({ protocols: ["other", SUBPROTOCOL] });
    expect(ours.socket.protocol).toBe(SUBPROTOCOL);
    const { Viewer } = await import("./viewer.ts");
    const stranger = new Viewer(`ws://127.0.0.1:${gateway.port}/api/v1/ws`, { protocols: ["millrace.v9"] });
    expect(await within(stranger.closed, "4103")).toMatchObject({ code: 4103 });
    expect(stranger.frames).toEqual([]);
  });

  it("CMD-1: each command has exactly one reply, with its id", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("hello 2");
    await viewer.event("done");
    const commands = [
      { type: "ping" },
      { type: "subscribe", session_id },
      { type: "send", session_id, message_id: randomUUID(), content: "hello 3" },
      { type: "unsend", session_id, message_id: randomUUID() },
      { type: "stop", session_id, run_id: "none" },
      { type: "respond", session_id, request_id: "none", answer: "yes" },
      { type: "update_session", session_id, title: "New" },
      { type: "unsubscribe", session_id },
      { type: "delete_session", session_id },
      { type: "nonsense" },
    ];
    for (const [index, command] of commands.entries()) viewer.write({ ...command, id: `x${index}` });
    await viewer.command({ type: "ping" });
    const replies = viewer.frames.flatMap((frame) => ("id" in frame && frame.id?.startsWith("x") ? [frame] : []));
    replies.sort((a, b) => (a.id ?? "").localeCompare(b.id ?? ""));
    expect(replies.map((frame) => frame.id)).toEqual(commands.map((_, index) => `x${index}`));
    const outcome = replies.map((frame) => (frame.type === "reject" ? frame.code : frame.type));
    const expected = ["ack", "subscribed", "ack", "not_found", "not_found", "not_found", "ack", "ack", "ack"];
    expect(outcome).toEqual([...expected, "unknown_type"]);
  });

  it("CMD-8 F12: commands take effect in the order in which they were sent", async () => {
    const maker = await gateway.connect();
    const { session_id } = await maker.send("hello 4");
    await maker.event("done");
    const viewer = await gateway.connect();
    viewer.write({ type: "subscribe", id: "a", session_id });
    viewer.write({ type: "unsubscribe", id: "b", session_id });
    viewer.write({ type: "ping", id: "c" });
    await viewer.reply("c");
    const from = viewer.frames.length;
    await maker.send("hello 5", { session_id });
    await maker.event("done", 2);
    await viewer.command({ type: "ping" });
    expect(viewer.events(session_id, from)).toEqual([]);
  });
});

describe("subscribe", () => {
  let session_id: string;
  let log: Event[];
  let epoch: string;

  beforeAll(async () => {
    const viewer = await gateway.connect();
    ({ session_id } = await viewer.send("hello first"));
    await viewer.event("done", 1);
    await viewer.send("flood", { session_id });
    await viewer.event("done", 2);
    await viewer.send("hello last", { session_id });
    await viewer.event("done", 3);
    log = viewer.events(session_id);
    epoch = ((await gateway.http.get(`/api/v1/sessions/${session_id}`)).json as { epoch: string }).epoch;
  });

  it("SUB-1 SUB-2: history from the start, then live, covers every position once", async () => {
    const viewer = await gateway.connect();
    await viewer.subscribe(session_id);
    const subscribed = await viewer.frame("subscribed");
    const head = log.at(-1)?.seq ?? 0;
    expect(subscribed).toMatchObject({ session_id, epoch, head, after: 0, reset: false });
    expect(await viewer.frame("live")).toMatchObject({ session_id, seq: head });
    expect(coverage(viewer.events(session_id))).toEqual(upTo(head));
    expect(viewer.frames.findLastIndex((frame) => frame.type === "done")).toBeLessThan(
      viewer.frames.findIndex((frame) => frame.type === "live"),
    );
  });

  it("after: only what follows, from any position", async () => {
    const head = log.at(-1)?.seq ?? 0;
    for (const after of [1, 7, head - 1, head]) {
      const viewer = await gateway.connect();
      await viewer.subscribe(session_id, { after, epoch });
      await viewer.frame("live");
      const seen = coverage(viewer.events(session_id)).filter((seq) => seq > after);
      expect(seen).toEqual(upTo(head, after + 1));
    }
  });

  it("SUB-3 B48 B49: a cursor beyond the head or of another epoch is answered with a reset", async () => {
    const viewer = await gateway.connect();
    for (const cursor of [{ after: 1_000_000 }, { after: 3, epoch: "another" }]) {
      const from = await viewer.subscribe(session_id, cursor);
      expect(await viewer.frame("subscribed", { from })).toMatchObject({ reset: true, after: 0 });
      await viewer.frame("live", { from });
      expect(viewer.view(session_id, from)).toEqual(viewer.view(session_id, 0));
      expect(coverage(viewer.events(session_id, from))[0]).toBe(1);
    }
  });

  it("SUB-4: tail begins at the n-th last message with its run whole", async () => {
    const viewer = await gateway.connect();
    const from = await viewer.subscribe(session_id, { tail: 1 });
    const { after } = await viewer.frame("subscribed", { from });
    await viewer.frame("live", { from });
    const [first] = viewer.events(session_id, from);
    expect(first).toMatchObject({ type: "user_message", content: "hello last", seq: after + 1 });
    const all = await viewer.subscribe(session_id, { tail: 50 });
    expect(await viewer.frame("subscribed", { from: all })).toMatchObject({ after: 0, reset: false });
  });

  it("F11 SUB-5: a second subscribe replaces the first: each frame comes once", async () => {
    const viewer = await gateway.connect();
    viewer.write({ type: "subscribe", id: "one", session_id });
    viewer.write({ type: "subscribe", id: "two", session_id });
    await viewer.reply("two");
    const from = viewer.frames.findIndex((frame) => frame.type === "subscribed" && frame.id === "two");
    await viewer.frame("live", { from });
    const before = coverage(viewer.events(session_id, from));
    expect(before).toEqual(upTo(before.length));
    const fresh = viewer.frames.length;
    await viewer.send("hello again", { session_id });
    await viewer.frame("done", { from: fresh });
    const seen = coverage(viewer.events(session_id, fresh));
    expect(seen).toEqual(upTo(seen.length + before.length, before.length + 1));
  });

  it("F12 SUB-6: after the ack of unsubscribe no frame of the session follows", async () => {
    const viewer = await gateway.connect();
    const other = await gateway.connect();
    const { session_id: flooded } = await other.send("flood it");
    await viewer.subscribe(flooded);
    await viewer.event("text_delta");
    await viewer.command({ type: "unsubscribe", session_id: flooded });
    const from = viewer.frames.length;
    await other.event("done");
    await other.send("hello after", { session_id: flooded });
    await other.event("done", 2);
    await viewer.command({ type: "ping" });
    expect(viewer.events(flooded, from)).toEqual([]);
  });

  it("SUB-2: a viewer that joins in the middle of a block ends with the same conversation", async () => {
    const first = await gateway.connect();
    const { session_id: running } = await first.send("wait in the middle");
    await first.event("text_delta");
    const second = await gateway.connect();
    await second.subscribe(running);
    await second.frame("live");
    gateOf("wait in the middle").open();
    await Promise.all([first.event("done"), second.event("done")]);
    expect(second.view(running)).toEqual(first.view(running));
    expect(second.view(running).turns[0]?.phase).toMatchObject({ state: "done", content: "one two" });
  });

  it("B54 SUB-8: one more session than the limit is rejected, also when all are asked for at once", async () => {
    await using small = await GatewayUnderTest.start({ limits: { subscriptions: 2 } });
    const made = await Promise.all(
      upTo(4).map(
        async () => ((await small.http.post("/api/v1/sessions", {})).json as { session_id: string }).session_id,
      ),
    );
    const viewer = await small.connect();
    for (const [index, id] of made.entries()) viewer.write({ type: "subscribe", id: `s${index}`, session_id: id });
    const replies = await Promise.all(made.map((_, index) => viewer.reply(`s${index}`)));
    expect(replies.map((frame) => (frame.type === "reject" ? frame.code : frame.type))).toEqual([
      "subscribed",
      "subscribed",
      "subscription_limit",
      "subscription_limit",
    ]);
    const unseen = { type: "send", message_id: randomUUID(), content: "hello" };
    expect(await viewer.refused(unseen)).toBe("subscription_limit");
    await viewer.command({ type: "unsubscribe", session_id: made[0] as string });
    await viewer.subscribe(made[3] as string);
    await viewer.subscribe(made[3] as string);
  });
});

describe("sessions", () => {
  it("SESSION-1 SESSION-3: a rename is an event, and every connection hears of it", async () => {
    const viewer = await gateway.connect();
    const other = await gateway.connect();
    const { session_id } = await viewer.send("hello title");
    await viewer.event("done");
    const mine = (type: string) => (frame: { session_id: string; status: string }) =>
      frame.session_id === session_id && frame.status === type;
    expect(await other.frame("session_changed", { where: mine("running") })).toMatchObject({ title: "hello title" });
    await other.frame("session_changed", { where: mine("idle") });
    await viewer.command({ type: "update_session", session_id, title: "  Better  ", model: "scripted-two" });
    expect(await viewer.event("session_updated")).toMatchObject({ title: "Better", model: "scripted-two" });
    const changed = await other.frame("session_changed", { where: (frame) => frame.title === "Better" });
    expect(changed).toMatchObject({ session_id, model: "scripted-two", head: expect.any(Number) });
    await viewer.send("hello other model", { session_id });
    await viewer.event("done", 2);
    expect(gateway.model.requests.at(-1)?.body.model).toBe("scripted-two");
    expect(await viewer.refused({ type: "update_session", session_id, model: "none" })).toBe("unknown_model");
    expect(await viewer.refused({ type: "update_session", session_id, title: " " })).toBe("bad_request");
  });

  it("SESSION-2: a deleted session stops, lets its viewers go and is not found any more", async () => {
    const viewer = await gateway.connect();
    const other = await gateway.connect();
    const { session_id, message_id } = await viewer.send("wait to be deleted");
    await viewer.event("text_delta");
    const asked = gateway.model.requests.at(-1);
    await other.subscribe(session_id);
    const sse = await gateway.http.stream(`/api/v1/sessions/${session_id}/events`);
    expect(await viewer.command({ type: "delete_session", session_id })).toMatchObject({ type: "ack", session_id });
    await other.frame("session_changed", { where: (frame) => frame.status === "deleted" });
    await within(asked?.closed ?? Promise.reject(), "the model's request to be closed");
    expect(asked?.aborted).toBe(true);
    await within(sse.ended, "the SSE stream's end");
    const from = other.frames.length;
    gateOf("wait to be deleted").open();
    for (const command of [
      { type: "subscribe", session_id },
      { type: "send", session_id, message_id: randomUUID(), content: "hello" },
      { type: "send", message_id, content: "wait to be deleted" },
      { type: "stop", session_id, run_id: "x" },
      { type: "update_session", session_id, title: "x" },
      { type: "delete_session", session_id },
      { type: "subscribe", session_id },
    ]) {
      expect([command, await other.refused(command)]).toEqual([command, "not_found"]);
    }
    expect((await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).status).toBe(404);
    expect(other.events(session_id, from)).toEqual([]);
  });

  it("CMD-7 B50: what does not exist is not found, whatever it is called", async () => {
    const viewer = await gateway.connect();
    const names = ["../../etc", "a%00b", "__proto__", "x".repeat(65), "😀", "UPPER", "*", "", "constructor"];
    for (const session_id of names) {
      expect([session_id, await viewer.refused({ type: "subscribe", session_id })]).toEqual([session_id, "not_found"]);
    }
  });
});

describe("liveness", () => {
  it("HB-1: heartbeats carry the heads of what is watched, with a ping", async () => {
    await using quick = await GatewayUnderTest.start({
      limits: { heartbeat_ms: 60 },
      rules: [{ when: "hello", script: reply("Hi.") }],
    });
    const viewer = await quick.connect();
    const pinged = new Promise((resolve) => viewer.socket.once("ping", resolve));
    const { session_id } = await viewer.send("hello");
    const done = await viewer.event("done");
    const beat = await viewer.frame("heartbeat", { from: viewer.frames.length });
    expect(beat.heads).toEqual({ [session_id]: done.seq });
    await within(pinged, "a ping");
  });

  it("B37 HB-3: who answers pings may be silent for ever; who does not is closed with 4003", async () => {
    await using quick = await GatewayUnderTest.start({ limits: { heartbeat_ms: 50 } });
    const silent = await quick.connect();
    const dead = await quick.connect({ autoPong: false });
    const end = await within(dead.closed, "4003", 2_000);
    expect(end).toEqual({ code: 4003, reason: "heartbeat timeout" });
    expect(dead.frames.filter(({ type }) => type === "heartbeat")).toHaveLength(2);
    await silent.until(() => silent.frames.filter(({ type }) => type === "heartbeat").length >= 6);
    expect(silent.socket.readyState).toBe(silent.socket.OPEN);
  });
});

describe("many at once", () => {
  it("viewers of one flood all end with the scripted text, and the log keeps every rule", async () => {
    const viewers = await Promise.all(upTo(8).map(() => gateway.connect()));
    const [first, ...others] = viewers as [(typeof viewers)[0], ...typeof viewers];
    const { session_id } = await first.send("flood for all");
    for (const viewer of others) await viewer.subscribe(session_id);
    await Promise.all(viewers.map((viewer) => viewer.until((frame) => isTerminal(frame))));
    for (const viewer of viewers) {
      expect(viewer.view(session_id).turns[0]?.phase).toMatchObject({ content: floodText({ count: 300 }) });
      expect(viewer.view(session_id)).toEqual(first.view(session_id));
      const seen = coverage(viewer.events(session_id));
      expect(seen).toEqual(upTo(seen.length));
    }
    expect(brokenRules(await gateway.events(session_id))).toEqual([]);
  });
});
