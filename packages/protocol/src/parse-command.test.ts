import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Event } from "./events/events.ts";
import { LIMITS } from "./limits.ts";
import { isDeeperThan, type ParsedCommand, parseCommand } from "./parse-command.ts";

const message_id = "0199a4c2-7d1e-4b6f-8a30-5c9e2f714d08";
const subscribe = { type: "subscribe", id: "1", session_id: "s1" };
const send = { type: "send", id: "1", session_id: "s1", message_id, content: "hi" };
const respond = { type: "respond", id: "1", session_id: "s1", request_id: "q1", answer: "yes" };

const parse = (command: object): ParsedCommand => parseCommand(JSON.stringify(command));
/** The command without one of its fields. */
const without = (command: object, field: string): object => ({ ...command, [field]: undefined });
const rejected = (code: string, id: string | null = "1"): object => ({ kind: "reject", id, code });
const accepted = (command: object): object => ({ kind: "command", command });

describe("a frame that is no command", () => {
  it.each([
    "",
    "{",
    "nul",
    "NaN",
    "{'a':1}",
    '{"type":"ping","id":"1",}',
    '\ufeff{"type":"ping","id":"1"}',
    '{"type":"ping","id":"1"} x',
  ])("B39: %j is not JSON: close with 4100", (text) => {
    expect(parseCommand(text)).toMatchObject({ kind: "bad_frame" });
  });

  it.each(["[]", '"x"', "1", "null", "true", '[{"type":"ping","id":"1"}]'])(
    "B40: %s is not an object: close with 4100",
    (text) => {
      expect(parseCommand(text)).toMatchObject({ kind: "bad_frame" });
    },
  );

  it.each(["{}", '{"id":"1"}', '{"type":1}', '{"type":null}', '{"type":["ping"]}', '{"__proto__":{"type":"ping"}}'])(
    "B41: %s has no type: close with 4100",
    (text) => {
      expect(parseCommand(text)).toMatchObject({ kind: "bad_frame" });
    },
  );
});

describe("the envelope of a command", () => {
  it.each(["x".repeat(300), "", "SEND", "send ", "__proto__", "toString", "auth", "nope"])(
    "CMD-6, B41, B42: the type %j is unknown",
    (type) => {
      expect(parse({ type, id: "1" })).toMatchObject(rejected("unknown_type"));
    },
  );

  it.each(Event.options.map((option) => option.shape.type.value))("CMD-6, B60: %s is no command", (type) => {
    expect(parse({ type, id: "1", session_id: "s1", seq: 1 })).toMatchObject(rejected("unknown_type"));
  });

  it.each([undefined, null, 1, {}, "x".repeat(65)])("B41: the id %j is rejected without repeating it", (id) => {
    expect(parse({ type: "ping", id })).toMatchObject(rejected("bad_request", null));
  });

  it("B41: an id is 1 to 64 characters", () => {
    expect(parse({ type: "ping", id: "" })).toMatchObject({ kind: "reject", code: "bad_request" });
    expect(parse({ type: "ping", id: "x".repeat(64) })).toMatchObject({ kind: "command" });
  });

  it("a rejection carries the id wherever the frame had one", () => {
    expect(parse({ type: "nope", id: "7" })).toMatchObject({ id: "7" });
    expect(parse({ type: "subscribe", id: "7" })).toMatchObject({ id: "7" });
    expect(parse({ type: "ping", id: "7", x: nested(40) })).toMatchObject({ id: "7" });
  });

  it("CMD-3, B43, B61: unknown fields are dropped", () => {
    expect(parse({ ...send, connection_id: "c9", user: "root", options: { model: "m", x: 1 } })).toEqual(
      accepted({ ...send, mode: "queue", options: { model: "m" } }),
    );
  });

  it("CMD-3, B44: __proto__ and constructor are fields like any other, and dropped", () => {
    const evil = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';
    const parsed = parseCommand(
      `{${JSON.stringify(send).slice(1, -1)},${evil},"options":{"model":"m",${evil},"limits":{${evil}}}}`,
    );
    expect(parsed).toEqual(accepted({ ...send, mode: "queue", options: { model: "m", limits: {} } }));
    if (parsed.kind !== "command") throw new Error("rejected");
    expect(Object.keys(parsed.command)).not.toContain("__proto__");
    expect(Object.assign({}, parsed.command)).not.toHaveProperty("polluted");
    expect({}).not.toHaveProperty("polluted");
  });

  it("CMD-3, B46: of a repeated key the last counts", () => {
    expect(parseCommand('{"type":"stop","id":"0","type":"ping","id":"1"}')).toEqual(
      accepted({ type: "ping", id: "1" }),
    );
    expect(parseCommand('{"type":"ping","id":"1","type":"nope"}')).toMatchObject(rejected("unknown_type"));
  });
});

describe("depth", () => {
  it("CMD-4, B45: an array 10,000 deep is rejected and harms nothing", () => {
    const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
    expect(parseCommand(`{"type":"ping","id":"1","x":${deep}}`)).toMatchObject(rejected("too_deep"));
    expect(parseCommand(deep)).toMatchObject({ kind: "bad_frame" });
    const objects = `${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}`;
    expect(parseCommand(`{"type":"ping","id":"1","x":${objects}}`)).toMatchObject(rejected("too_deep"));
  });

  it("CMD-4, B45: the frame itself counts: json_depth levels are accepted, one more is not", () => {
    expect(parse({ type: "ping", id: "1", x: nested(LIMITS.json_depth - 1) })).toMatchObject({ kind: "command" });
    expect(parse({ type: "ping", id: "1", x: nested(LIMITS.json_depth) })).toMatchObject(rejected("too_deep"));
  });

  it.each<[unknown, number]>([
    ["text", 0],
    [null, 0],
    [[], 1],
    [{}, 1],
    [{ a: 1, b: "x" }, 1],
    [[[], [[]]], 3],
    [{ a: { b: [1] }, c: 1 }, 3],
  ])("CMD-4: %j nests %i deep", (value, depth) => {
    expect(isDeeperThan(value, depth)).toBe(false);
    if (depth > 0) expect(isDeeperThan(value, depth - 1)).toBe(true);
  });
});

describe("subscribe", () => {
  it.each(["1e999", "-0", "9007199254740993", "1.5"])("SUB-7, B47: after %s is a bad cursor", (after) => {
    const text = `{"type":"subscribe","id":"1","session_id":"s1","after":${after}}`;
    expect(parseCommand(text)).toMatchObject(rejected("bad_cursor"));
  });

  it.each([-1, "12", [], {}, true, ""])("SUB-7, B48: after %j is a bad cursor", (after) => {
    expect(parse({ ...subscribe, after })).toMatchObject(rejected("bad_cursor"));
  });

  it.each([undefined, null])("SUB-7, B48: after %j counts as absent", (after) => {
    expect(parse({ ...subscribe, after })).toEqual(accepted({ ...subscribe, after: 0 }));
  });

  it.each([0, 1, Number.MAX_SAFE_INTEGER])("SUB-7: after %i is a cursor", (after) => {
    expect(parse({ ...subscribe, after })).toEqual(accepted({ ...subscribe, after }));
  });

  it.each(["x".repeat(10_000), {}, 1, null])("B49: an epoch that is no short string is a bad request", (epoch) => {
    expect(parse({ ...subscribe, epoch })).toMatchObject(rejected("bad_request"));
  });

  it("B49: an unknown epoch is a matter of the log, not of the form", () => {
    expect(parse({ ...subscribe, epoch: "e9" })).toMatchObject({ kind: "command", command: { epoch: "e9" } });
  });

  it.each([0, -1, 1.5, 1001, "5"])("a tail of %j messages is a bad request", (tail) => {
    expect(parse({ ...subscribe, tail })).toMatchObject(rejected("bad_request"));
  });

  it.each(["../../etc", "a%00b", "a\u0000b", "__proto__", "x".repeat(65), "😀", "UPPER", "*", "", "\ud800"])(
    "B50: the session_id %j is well-formed: what is not there is not_found, as what is someone else's",
    (session_id) => {
      expect(parse({ ...subscribe, session_id })).toMatchObject({ kind: "command", command: { session_id } });
    },
  );

  it.each([undefined, null, 5, ["s1"], {}])("B50: the session_id %j is a bad request", (session_id) => {
    expect(parse({ ...subscribe, session_id })).toMatchObject(rejected("bad_request"));
  });
});

describe("send", () => {
  it.each([undefined, null, "", "1", "not-a-uuid", `${message_id}0`, `{${message_id}}`, 5])(
    "B51: the message_id %j is a bad request",
    (bad) => {
      expect(parse({ ...send, message_id: bad })).toMatchObject(rejected("bad_request"));
    },
  );

  it.each(["", " ", "\n\t \u00a0\u2003\u3000"])("SEND-10, B52: the content %j is a bad request", (content) => {
    expect(parse({ ...send, content })).toMatchObject(rejected("bad_request"));
  });

  it.each(["a\u0301".repeat(2_000), "\u202eabc", "a\u0000b", "a\u2028b", "  x  ", "😀"])(
    "B52: the content %j is taken as it is",
    (content) => {
      expect(parse({ ...send, content })).toMatchObject({ kind: "command", command: { content } });
    },
  );

  it.each([
    ["a\ud83db", "a\ufffdb"],
    ["\udc00", "\ufffd"],
    ["\udc00\ud83d", "\ufffd\ufffd"],
    ["😀\ud83d", "😀\ufffd"],
  ])("SEND-10, B52: lone surrogates in %j become U+FFFD", (content, stored) => {
    expect(parse({ ...send, content })).toMatchObject({ kind: "command", command: { content: stored } });
  });

  it.each([[Array(1000).fill({ type: "text", text: "x" })], [{ url: "file:///etc/passwd" }], [5], [null], [undefined]])(
    "B53: content that is no text is a bad request",
    (content) => {
      expect(parse({ ...send, content })).toMatchObject(rejected("bad_request"));
    },
  );

  it("fills in the mode, and does not need a session", () => {
    expect(parse(without(send, "session_id"))).toEqual(accepted({ ...without(send, "session_id"), mode: "queue" }));
    expect(parse({ ...send, mode: "steer" })).toMatchObject({ command: { mode: "steer" } });
    expect(parse({ ...send, mode: "later" })).toMatchObject(rejected("bad_request"));
  });

  it("B63: where a model is called and what it may start cannot be said in a command", () => {
    const options = { model: "../../x", base_url: "http://169.254.169.254", mcp_servers: ["x"], api_key: "k" };
    expect(parse({ ...send, options, base_url: "http://x" })).toEqual(
      accepted({ ...send, mode: "queue", options: { model: "../../x" } }),
    );
  });

  it.each([
    { max_steps: 0 },
    { max_steps: 1.5 },
    { include_tools: "bash" },
    { thinking: true },
    { limits: { time_limit: -1 } },
  ])("the options %j are a bad request", (options) => {
    expect(parse({ ...send, options })).toMatchObject(rejected("bad_request"));
  });
});

describe("the other commands", () => {
  it.each([5, null, ["yes"], {}, { answer: 5 }, { comment: "x" }, { answer: "y", comment: [] }])(
    "B57: the answer %j is a bad request",
    (answer) => {
      expect(parse({ ...respond, answer })).toMatchObject(rejected("bad_request"));
    },
  );

  it("B44, B57: an answer is text, or text with a comment, and nothing beside it", () => {
    expect(parse(respond)).toEqual(accepted(respond));
    const text = JSON.stringify(respond).replace('"yes"', '{"answer":"a","comment":"c","y":2}');
    expect(parseCommand(text)).toEqual(accepted({ ...respond, answer: { answer: "a", comment: "c" } }));
  });

  it.each([
    '{"answer":"a","__proto__":{"x":1}}',
    '{"answer":"a","constructor":{"prototype":{"x":1}}}',
    '{"answer":"a","prototype":1}',
    '{"answer":"a","comment":"c","y":[{"z":{"__proto__":null}}]}',
    '[{"__proto__":{}}]',
    '{"\\u005f_proto__":{"answer":"a"}}',
  ])("B44: the answer %s is a bad request, and changes no prototype", (answer) => {
    const parsed = parseCommand(JSON.stringify(respond).replace('"yes"', answer));
    expect(parsed).toMatchObject(rejected("bad_request"));
    expect(JSON.stringify(parsed)).not.toMatch(/__proto__|constructor/);
    expect({}).not.toHaveProperty("x");
  });

  it("B44: a word that is only called so is an answer like any other", () => {
    for (const answer of ["__proto__", { answer: "constructor", comment: "prototype" }])
      expect(parse({ ...respond, answer })).toEqual(accepted({ ...respond, answer }));
  });

  it.each(["", "  ", "x".repeat(201), 5])("the title %j is a bad request", (title) => {
    expect(parse({ type: "update_session", id: "1", session_id: "s1", title })).toMatchObject(rejected("bad_request"));
  });

  it.each([
    { type: "unsubscribe", id: "1", session_id: "s1" },
    { type: "unsend", id: "1", session_id: "s1", message_id },
    { type: "stop", id: "1", session_id: "s1", run_id: "r1" },
    { type: "delete_session", id: "1", session_id: "s1" },
    { type: "update_session", id: "1", session_id: "s1", title: "t", model: "m" },
    { type: "ping", id: "1" },
  ])("accepts $type, and only with all its fields", (command) => {
    expect(parse(command)).toEqual(accepted(command));
    for (const field of Object.keys(command).filter((name) => !["type", "id", "title", "model"].includes(name))) {
      expect(parse(without(command, field))).toMatchObject(rejected("bad_request"));
    }
  });
});

describe("parseCommand", { timeout: 60_000 }, () => {
  it("CMD-5: never throws, and no answer repeats what was sent", () => {
    const secret = "s3cr3t-value";
    const field = fc.constantFrom(
      "id",
      "session_id",
      "after",
      "epoch",
      "tail",
      "message_id",
      "content",
      "mode",
      "options",
    );
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(secret, [secret], { [secret]: secret }, { model: [secret] }, { thinking: secret }),
    );
    const base = fc.constantFrom(subscribe, send, respond, { type: secret, id: "1" });
    fc.assert(
      fc.property(base, fc.array(fc.tuple(field, value), { maxLength: 6 }), (command, fields) => {
        const parsed = parse({ ...command, ...Object.fromEntries(fields) });
        if (parsed.kind === "command") return;
        expect(parsed.message).not.toContain(secret);
        expect(parsed.message.length).toBeLessThanOrEqual(200);
        expect(parsed.message).not.toBe("");
      }),
      { numRuns: 3000 },
    );
  });

  it("never throws on any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: "binary" })), (text) => {
        expect(["command", "reject", "bad_frame"]).toContain(parseCommand(text).kind);
      }),
      { numRuns: 3000 },
    );
  });
});

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}
