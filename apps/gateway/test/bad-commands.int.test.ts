import { randomUUID } from "node:crypto";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { upTo, type Viewer } from "./viewer.ts";
import { within } from "./within.ts";

let gateway: GatewayUnderTest;
let viewer: Viewer;
let session_id: string;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    limits: { command_burst: 10_000, rejects_per_minute: 10_000 },
    rules: [{ when: /./, script: reply("Hi.") }],
  });
  viewer = await gateway.connect();
  ({ session_id } = await viewer.send("hello"));
  await viewer.event("done");
});
afterAll(async () => {
  expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  await gateway[Symbol.asyncDispose]();
});

const message = (): { type: string; message_id: string; content: string } => ({
  type: "send",
  message_id: randomUUID(),
  content: "hello",
});

describe("frames that are no command", () => {
  it.each([
    ["B39", ""],
    ["B39", "{"],
    ["B39", "nul"],
    ["B39", "NaN"],
    ["B39", "{'a':1}"],
    ["B39", '{"type":"ping","id":"a",}'],
    ["B39", '\ufeff{"type":"ping","id":"a"}'],
    ["B40", "[]"],
    ["B40", '"x"'],
    ["B40", "1"],
    ["B40", "null"],
    ["B40", "true"],
    ["B41", "{}"],
    ["B41", '{"id":"a"}'],
    ["B41", '{"type":1,"id":"a"}'],
  ])("%s CMD-2: %j closes with 4100", async (_id, text) => {
    const one = await gateway.connect();
    one.write(text);
    expect(await within(one.closed, "4100")).toMatchObject({ code: 4100 });
  });
});

describe("commands that are wrong", () => {
  it("B56: auth, where nobody has to say who they are, is bad_request", async () => {
    expect(await viewer.refused({ type: "auth", token: "x" })).toBe("bad_request");
  });

  it("B41 B42 B60 CMD-6: unknown types, an event's too, are unknown_type", async () => {
    for (const type of ["x".repeat(300), "subscribed", "done", "tool_result", "__proto__", "constructor"]) {
      expect([type, await viewer.refused({ type })]).toEqual([type, "unknown_type"]);
    }
  });

  it("B41: an id that is missing or too long is bad_request, answered without one", async () => {
    viewer.write({ type: "ping" });
    viewer.write({ type: "ping", id: "x".repeat(65) });
    viewer.write({ type: "ping", id: 7 });
    const none = (): number => viewer.frames.filter((frame) => frame.type === "reject" && frame.id === null).length;
    await viewer.until(() => none() >= 3, { what: "three rejects" });
    expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
  });

  it("B43 CMD-3: unknown fields are dropped and never stored", async () => {
    const from = viewer.frames.length;
    viewer.write({
      ...message(),
      id: "extra",
      session_id,
      seq: 9,
      run_id: "mine",
      role: "admin",
      secret: "canary-field",
    });
    await viewer.reply("extra");
    await viewer.frame("done", { from });
    const stored = JSON.stringify(await gateway.events(session_id));
    expect(stored).not.toContain("canary-field");
    expect(stored).not.toContain("admin");
  });

  it("B44: keys that reach for a prototype change nothing", async () => {
    viewer.write(`{"type":"ping","id":"p1","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`);
    expect(await viewer.reply("p1")).toMatchObject({ type: "ack" });
    viewer.write(
      `{"type":"send","id":"p2","message_id":"${randomUUID()}","content":"hello","options":{"__proto__":{"polluted":1}}}`,
    );
    expect(await viewer.reply("p2")).toMatchObject({ type: "ack" });
    viewer.write(
      `{"type":"respond","id":"p3","session_id":"${session_id}","request_id":"r","answer":{"__proto__":{"answer":"x"}}}`,
    );
    expect(await viewer.reply("p3")).toMatchObject({ type: "reject", code: "bad_request" });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("B45 CMD-4: 10,000 levels are too_deep, and harmless", async () => {
    viewer.write(`{"type":"ping","id":"deep","x":${"[".repeat(10_000)}${"]".repeat(10_000)}}`);
    expect(await viewer.reply("deep")).toMatchObject({ type: "reject", code: "too_deep" });
    viewer.write(`{"type":"ping","id":"deeper","x":${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}}`);
    expect(await viewer.reply("deeper")).toMatchObject({ code: "too_deep" });
    viewer.write(`{"type":"ping","id":"flat","x":${"[".repeat(31)}${"]".repeat(31)}}`);
    expect(await viewer.reply("flat")).toMatchObject({ type: "ack" });
  });

  it("B46: of a repeated key the last counts", async () => {
    viewer.write('{"type":"delete_session","type":"ping","id":"a","id":"last"}');
    expect(await viewer.reply("last")).toMatchObject({ type: "ack" });
  });

  it.each(["1e999", "-0", "9007199254740993", "1.5", "-1", '"12"', "[]", "{}", "true"])(
    "B47 B48 SUB-7: after %s is bad_cursor",
    async (after) => {
      const id = randomUUID();
      viewer.write(`{"type":"subscribe","id":"${id}","session_id":"${session_id}","after":${after}}`);
      expect(await viewer.reply(id)).toMatchObject({ type: "reject", code: "bad_cursor" });
    },
  );

  it("B48: after null counts as absent", async () => {
    viewer.write({ type: "subscribe", id: "null", session_id, after: null });
    expect(await viewer.reply("null")).toMatchObject({ type: "subscribed", after: 0, reset: false });
  });

  it("B49: an epoch of 10 KB or of another type is bad_request", async () => {
    for (const epoch of ["e".repeat(10_000), {}, 1, null]) {
      expect(await viewer.refused({ type: "subscribe", session_id, epoch })).toBe("bad_request");
    }
  });

  it("B51: message_id missing or not a UUID is bad_request", async () => {
    for (const message_id of [undefined, "1", "", 7, "z".repeat(36), `${randomUUID()}x`]) {
      expect(await viewer.refused({ ...message(), message_id })).toBe("bad_request");
    }
  });

  it("B52: 200 KB of content close with 1009", async () => {
    const one = await gateway.connect();
    one.write({ ...message(), id: "big", content: "x".repeat(200_000) });
    expect(await within(one.closed, "1009")).toMatchObject({ code: 1009 });
  });

  it("B53: content that is no text is bad_request, and nothing in it is fetched", async () => {
    const parts = Array.from({ length: 1_000 }, () => ({ type: "image_url", url: "http://169.254.169.254/" }));
    for (const content of [parts, [{ type: "file", url: "file:///etc/passwd" }], 1, null, {}, undefined]) {
      expect(await viewer.refused({ ...message(), content })).toBe("bad_request");
    }
  });

  it("B57: respond to what nobody asked is not_found, a malformed answer bad_request", async () => {
    const respond = { type: "respond", session_id, request_id: "none", answer: "yes" };
    expect(await viewer.refused(respond)).toBe("not_found");
    expect(await viewer.refused({ ...respond, session_id: "other" })).toBe("not_found");
    for (const answer of [1, null, undefined, [], { comment: "x" }]) {
      expect(await viewer.refused({ ...respond, answer })).toBe("bad_request");
    }
    expect(await viewer.refused({ ...respond, remember: "forever" })).toBe("bad_request");
  });

  it("B61 T12: somebody else's connection_id routes nothing", async () => {
    const other = await gateway.connect();
    const welcome = other.frames[0];
    const from = other.frames.length;
    viewer.write({
      type: "ping",
      id: "routed",
      connection_id: welcome?.type === "welcome" ? welcome.connection_id : "",
    });
    expect(await viewer.reply("routed")).toMatchObject({ type: "ack" });
    // Nor with a command that is answered with more than its reply.
    const connection_id = welcome?.type === "welcome" ? welcome.connection_id : "";
    const mine = viewer.frames.length;
    for (const [id, command] of Object.entries({
      subscribed: { type: "subscribe", session_id },
      sent: { ...message(), session_id },
      left: { type: "unsubscribe", session_id },
      stopped: { type: "stop", session_id, run_id: "none" },
    })) {
      viewer.write({ ...command, id, connection_id });
      await viewer.reply(id);
    }
    expect(viewer.frames.slice(mine).some(({ type }) => type === "user_message")).toBe(true);
    await other.command({ type: "ping" });
    // What every tab of this person hears anyway, and the reply to its own ping.
    const everybodys = ["heartbeat", "session_changed"];
    const heard = other.frames.slice(from).filter(({ type }) => !everybodys.includes(type));
    expect(heard.map(({ type }) => type)).toEqual(["ack"]);
  });

  it("B63: a model that is not configured is unknown_model; an endpoint or a server in a command has no effect", async () => {
    expect(await viewer.refused({ ...message(), options: { model: "../../x" } })).toBe("unknown_model");
    expect(await viewer.refused({ ...message(), options: { model: "__proto__" } })).toBe("unknown_model");
    const from = viewer.frames.length;
    const asked = gateway.model.requests.length;
    const options = { base_url: "http://127.0.0.1:1/v1", mcp_servers: { a: { command: "sh" } }, model: "scripted-two" };
    viewer.write({ ...message(), id: "b63", base_url: "http://127.0.0.1:1/v1", options });
    expect(await viewer.reply("b63")).toMatchObject({ type: "ack" });
    await viewer.frame("done", { from });
    expect(gateway.model.requests.length).toBe(asked + 1);
    expect(JSON.stringify(viewer.frames.slice(from))).not.toContain("127.0.0.1:1");
  });

  it("CMD-5: no rejection repeats what was sent, and none is longer than 200 characters", async () => {
    const canary = "canary-echo";
    const wrong = [
      { type: canary },
      { type: "subscribe", session_id: canary },
      { type: "subscribe", session_id, after: canary },
      { type: "send", message_id: canary, content: "x" },
      { ...message(), mode: canary },
      { ...message(), options: { model: canary, [canary]: 1 } },
      { ...message(), options: { max_steps: canary } },
      { type: "stop", session_id, run_id: canary },
      { type: "update_session", session_id, title: canary.repeat(50) },
    ];
    const from = viewer.frames.length;
    for (const command of wrong) await viewer.refused(command);
    const rejects = viewer.frames.slice(from).filter((frame) => frame.type === "reject");
    expect(rejects).toHaveLength(wrong.length);
    expect(JSON.stringify(rejects)).not.toContain(canary);
    for (const reject of rejects) expect(reject.message.length).toBeLessThanOrEqual(200);
  });
});

describe("limits", () => {
  it("B42 CMD-10: the 21st rejected command of a minute closes with 4105", async () => {
    await using strict = await GatewayUnderTest.start({ limits: { command_burst: 1_000 } });
    const one = await strict.connect();
    for (const n of upTo(21)) one.write({ type: "nonsense", id: `n${n}` });
    expect(await within(one.closed, "4105")).toMatchObject({ code: 4105 });
    expect(one.frames.filter((frame) => frame.type === "reject")).toHaveLength(21);
  });

  it("B55 CMD-9: beyond the burst rate_limited with retry_after_ms, which is no error; if it goes on, 4002", async () => {
    await using strict = await GatewayUnderTest.start({});
    const one = await strict.connect();
    for (const n of upTo(200)) one.write({ type: "ping", id: `n${n}` });
    await Promise.all(upTo(200).map((n) => one.reply(`n${n}`)));
    const limited = one.frames.filter((frame) => frame.type === "reject");
    expect(one.frames.filter((frame) => frame.type === "ack").length).toBeGreaterThanOrEqual(30);
    expect(limited.length).toBeGreaterThanOrEqual(160);
    expect(limited.every((frame) => frame.code === "rate_limited" && (frame.retry_after_ms ?? 0) > 0)).toBe(true);
    expect(one.socket.readyState).toBe(one.socket.OPEN);
    for (const n of upTo(400, 201)) one.write({ type: "ping", id: `n${n}` });
    expect(await within(one.closed, "4002")).toMatchObject({ code: 4002 });
  });
});
