import { randomUUID } from "node:crypto";
import { Event } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { reply, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Gate, gated, holdingTool } from "./gate.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { upTo, type Viewer } from "./viewer.ts";

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

describe("send", () => {
  it("SEND-2 F18 SEND-5: the same message again, also on a new connection, is one message and one run", async () => {
    const message_id = randomUUID();
    const first = await gateway.connect();
    first.write({ type: "send", id: "lost", message_id, content: "hello once" });
    first.terminate();
    const second = await gateway.connect();
    const [a, b] = await Promise.all([
      second.send("hello once", { message_id }),
      second.send("hello once", { message_id }),
    ]);
    expect(b).toMatchObject({ session_id: a.session_id, seq: a.seq, duplicate: true });
    const done = await second.event("done");
    const c = await second.send("hello once", { message_id, session_id: a.session_id });
    const d = await (await gateway.connect()).send("hello once", { message_id });
    expect([c, d].map(({ seq, duplicate, session_id }) => ({ seq, duplicate, session_id }))).toEqual([
      { seq: a.seq, duplicate: true, session_id: done.session_id },
      { seq: a.seq, duplicate: true, session_id: done.session_id },
    ]);
    const log = await gateway.events(done.session_id);
    expect(log.filter(({ type }) => type === "user_message" || type === "session_start")).toHaveLength(2);
    expect(brokenRules(log)).toEqual([]);
    expect(gateway.responder.calls.get("hello once")).toBe(1);
  });

  it("SEND-2: sent twice in one packet without a session, it makes one session and one run", async () => {
    const message_id = randomUUID();
    const viewer = await gateway.connect();
    viewer.socket.send(JSON.stringify({ type: "send", id: "a", message_id, content: "hello twice" }));
    viewer.socket.send(JSON.stringify({ type: "send", id: "b", message_id, content: "hello twice" }));
    const posts = upTo(3).map(() => gateway.connect().then((other) => other.send("hello twice", { message_id })));
    const replies = [await viewer.reply("a"), await viewer.reply("b"), ...(await Promise.all(posts))];
    expect(replies.filter((frame) => frame.type === "ack" && frame.duplicate === false)).toHaveLength(1);
    const { session_id } = await viewer.event("done");
    expect(new Set(replies.map((frame) => (frame.type === "ack" ? frame.session_id : null)))).toEqual(
      new Set([session_id]),
    );
    expect(brokenRules(await gateway.events(session_id))).toEqual([]);
    expect(gateway.responder.calls.get("hello twice")).toBe(1);
  });

  it("F20 SEND-3: the same message_id with other content is a conflict", async () => {
    const viewer = await gateway.connect();
    const { session_id, message_id } = await viewer.send("hello conflict");
    expect(await viewer.refused({ type: "send", session_id, message_id, content: "other" })).toBe(
      "idempotency_conflict",
    );
    expect(await viewer.refused({ type: "send", message_id, content: "other" })).toBe("idempotency_conflict");
  });

  it("SEND-6 SEND-8 RUN-1 RUN-4: queued messages wait for the run's end, then each gets its own run in order", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("wait a while");
    await viewer.event("text_delta");
    await viewer.send("hello queued 1", { session_id });
    await viewer.send("hello queued 2", { session_id });
    expect(viewer.view(session_id).queue.map(({ content }) => content)).toEqual(["hello queued 1", "hello queued 2"]);
    gateOf("wait a while").open();
    await viewer.event("done", 3);
    const { turns, queue } = viewer.view(session_id);
    expect(queue).toEqual([]);
    expect(
      turns.map(({ items }) => items.map((item) => item.kind === "message" && item.message.content)),
    ).toMatchObject(
      [["wait a while"], ["hello queued 1"], ["hello queued 2"]].map((texts) => expect.arrayContaining(texts)),
    );
    expect(brokenRules(viewer.events(session_id))).toEqual([]);
  });

  it("SEND-7: a steering message joins the open run at its next step", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("tool, please");
    await viewer.event("tool_start");
    const { message_id } = await viewer.send("join in", { session_id, mode: "steer" });
    gateOf("tool").open();
    const step = await viewer.event("step", 2);
    expect(step.message_ids).toEqual([message_id]);
    await viewer.event("done");
    expect(viewer.view(session_id)).toMatchObject({ queue: [], turns: [{ phase: { content: "Joined." } }] });
    const asked = gateway.model.requests.at(-1)?.body.messages.at(-1);
    expect(asked).toMatchObject({ role: "user", content: "join in" });
    expect(brokenRules(viewer.events(session_id))).toEqual([]);
  });

  it("LOG-4 EVENT-1: a model that repeats its ids gets other ones, and every event satisfies its schema", async () => {
    gateOf("tool").open();
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("tool, once");
    await viewer.event("done");
    await viewer.send("tool, twice", { session_id });
    await viewer.event("done", 2);
    const log = await gateway.events(session_id);
    const ids = log.flatMap((event) => (event.type === "tool_call" ? [event.tool_call_id] : []));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
    for (const event of [...viewer.events(session_id), ...log]) {
      expect(Event.parse(event)).toEqual(event);
      expect(event).toMatchObject({ v: 1, session_id });
      expect("run_id" in event).toBe(event.type !== "user_message");
    }
    expect(brokenRules(log)).toEqual([]);
  });

  it("SEND-11: what a message asks of its run is stored with it and holds for that run", async () => {
    const viewer = await gateway.connect();
    const options = { model: "scripted-two", max_steps: 3, exclude_tools: ["hold"], limits: { token_limit: 777 } };
    await viewer.command({ type: "send", message_id: randomUUID(), content: "hello, options", options });
    expect(await viewer.event("user_message")).toMatchObject({ options });
    expect(await viewer.event("session_start")).toMatchObject({
      model: "scripted-two",
      max_steps: 3,
      token_limit: 777,
      tools: [],
    });
    await viewer.event("done");
    expect(gateway.model.requests.at(-1)?.body).toMatchObject({ model: "scripted-two" });
    expect(gateway.model.requests.at(-1)?.body.tools ?? []).toEqual([]);
  });

  it("RUN-6: nobody's leaving ends a run, and whoever comes later sees it go on", async () => {
    const first = await gateway.connect();
    const { session_id } = await first.send("wait for nobody");
    await first.event("text_delta");
    first.terminate();
    const later = await gateway.connect();
    gateOf("wait for nobody").open();
    await later.subscribe(session_id);
    expect(await later.event("done")).toMatchObject({ content: "one two" });
  });

  it("F96: a steering message in the last step is taken by the next run, once", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("wait for steer");
    await viewer.event("text_delta");
    await viewer.send("hello steered", { session_id, mode: "steer" });
    gateOf("wait for steer").open();
    await viewer.event("done", 2);
    expect(viewer.view(session_id).turns).toHaveLength(2);
    expect(brokenRules(viewer.events(session_id))).toEqual([]);
  });

  it("SEND-10 B52: nothing but white space is rejected; hostile text is stored as it is", async () => {
    const viewer = await gateway.connect();
    for (const content of ["", "  \n\t\u00a0"]) {
      expect(await viewer.refused({ type: "send", message_id: randomUUID(), content })).toBe("bad_request");
    }
    const marks = `hello e${"\u0301".repeat(20_000)}`;
    const texts = [marks, "hello \u202e RTL", "hello \u0000 NUL", "hello \u2028 and 😀"];
    for (const text of texts) {
      const from = viewer.frames.length;
      const { session_id } = await viewer.send(text);
      expect(await viewer.frame("user_message", { from })).toMatchObject({ content: text });
      expect((await gateway.events(session_id))[0]).toMatchObject({ content: text });
    }
    viewer.write(`{"type":"send","id":"lone","message_id":"${randomUUID()}","content":"hello \\ud83d"}`);
    await viewer.reply("lone");
    await viewer.frame("user_message", { where: ({ content }) => content === "hello \ufffd" });
  });
});

describe("unsend", () => {
  it("SEND-9: takes back a waiting message, and nothing else", async () => {
    const viewer = await gateway.connect();
    const { session_id, message_id: first } = await viewer.send("wait for unsend");
    const { message_id } = await viewer.send("hello never", { session_id });
    expect(await viewer.command({ type: "unsend", session_id, message_id })).toMatchObject({ type: "ack", message_id });
    expect(await viewer.refused({ type: "unsend", session_id, message_id })).toBe("not_found");
    expect(await viewer.refused({ type: "unsend", session_id, message_id: first })).toBe("not_found");
    gateOf("wait for unsend").open();
    await viewer.event("done");
    await viewer.command({ type: "ping" });
    expect(viewer.view(session_id)).toMatchObject({ queue: [], turns: [{}] });
    expect(gateway.responder.calls.has("hello never")).toBe(false);
    expect(await viewer.send("hello never", { session_id, message_id })).toMatchObject({ duplicate: true });
  });

  it("F95: raced against the run that takes it, 500 times, a message is taken back or run, never both or neither", async () => {
    const outcomes = new Set<string>();
    const round = async (viewer: Viewer, n: number): Promise<void> => {
      const { session_id } = await viewer.send(`wait race ${n}`);
      const { message_id } = await viewer.send(`hello victim ${n}`, { session_id });
      await viewer.until((frame) => frame.type === "text_delta" && frame.session_id === session_id);
      gateOf(`wait race ${n}`).open();
      for (let turn = 0; turn < (n % 12) * 2; turn++) await new Promise((resolve) => setImmediate(resolve));
      const outcome = await viewer.command({ type: "unsend", session_id, message_id });
      outcomes.add(outcome.type);
      const settled = await viewer.until(
        (frame) =>
          (frame.type === "message_withdrawn" && frame.message_id === message_id) ||
          (frame.type === "session_start" && frame.message_ids.includes(message_id)),
      );
      expect(settled.type).toBe(outcome.type === "ack" ? "message_withdrawn" : "session_start");
      const ends = outcome.type === "ack" ? 1 : 2;
      await viewer.until(() => viewer.events(session_id).filter(({ type }) => type === "done").length === ends);
      const log = await gateway.events(session_id);
      expect(brokenRules(log)).toEqual([]);
      const ran = log.some((event) => event.type === "session_start" && event.message_ids.includes(message_id));
      expect(ran).toBe(outcome.type === "reject");
    };
    await inLanes(500, round);
    expect(outcomes).toEqual(new Set(["ack", "reject"]));
  });
});

describe("steer", () => {
  it("F96 SEND-7 SEND-8: raced against the run's end, 200 times, it joins a step or begins a run, never both or neither", async () => {
    const taken: Record<string, number> = {};
    const round = async (viewer: Viewer, n: number): Promise<void> => {
      const { session_id } = await viewer.send(`wait steer race ${n}`);
      await viewer.until((frame) => frame.type === "text_delta" && frame.session_id === session_id);
      gateOf(`wait steer race ${n}`).open();
      for (let turn = 0; turn < (n % 12) * 2; turn++) await new Promise((resolve) => setImmediate(resolve));
      const { message_id } = await viewer.send(`hello steered ${n}`, { session_id, mode: "steer" });
      await viewer.until(() => viewer.events(session_id).filter(({ type }) => type === "done").length === 2);
      const log = await gateway.events(session_id);
      expect(brokenRules(log)).toEqual([]);
      const by = log.filter((event) => "message_ids" in event && event.message_ids?.includes(message_id));
      expect(by).toHaveLength(1);
      taken[by[0]?.type ?? ""] = (taken[by[0]?.type ?? ""] ?? 0) + 1;
    };
    await inLanes(200, round);
    expect(taken).toEqual({ session_start: 200 });
  });
});

/** Rounds 1, 2, … on a few connections at once, each with a viewer of its own. */
async function inLanes(rounds: number, round: (viewer: Viewer, n: number) => Promise<void>): Promise<void> {
  const lanes = 5;
  await Promise.all(
    upTo(lanes).map(async (lane) => {
      for (let n = lane; n <= rounds; n += lanes) {
        const viewer = await gateway.connect();
        await round(viewer, n);
        viewer.terminate();
      }
    }),
  );
}
