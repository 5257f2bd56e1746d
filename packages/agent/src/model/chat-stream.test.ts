import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelChunk } from "../model-port.ts";
import { ANSWER_LIMITS, ChatStream } from "./chat-stream.ts";

interface Read {
  readonly chunks: ModelChunk[];
  readonly text: string;
  readonly code: string | null;
  readonly message: string | null;
}

/** Reads a body that comes in pieces, decoded as the adapter does. */
function read(pieces: readonly (string | Uint8Array)[], broken = false): Read {
  const stream = new ChatStream(["topsecretkey"]);
  const decoder = new TextDecoder();
  const chunks: ModelChunk[] = [];
  for (const piece of pieces) {
    chunks.push(...stream.push(typeof piece === "string" ? piece : decoder.decode(piece, { stream: true })));
  }
  chunks.push(...stream.end(broken));
  const text = chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");
  return { chunks, text, code: stream.failure?.code ?? null, message: stream.failure?.message ?? null };
}

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (fields: object, finish_reason: string | null = null): string =>
  event({ choices: [{ index: 0, delta: fields, finish_reason }] });
const say = (content: string): string => delta({ content });
const STOP = delta({}, "stop");
const DONE = "data: [DONE]\n\n";
const COUNTS = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("cutting", () => {
  const body = bytes(`\ufeff${say("a😀é\ufeff漢")}${say("😀")}${STOP}${DONE}`);

  it("at any byte changes nothing (F65)", () => {
    for (let at = 0; at <= body.length; at += 1) {
      expect(read([body.subarray(0, at), body.subarray(at)])).toMatchObject({ text: "a😀é\ufeff漢😀", code: null });
    }
  });

  const forms: [string, string][] = [
    ["LF", `${say("x")}${say("é")}${STOP}${DONE}`],
    ["CRLF", `${say("x")}${say("é")}${STOP}${DONE}`.replaceAll("\n", "\r\n")],
    ["CR", `${say("x")}${say("é")}${STOP}${DONE}`.replaceAll("\n", "\r")],
    ["no space after the colon", `${say("x")}${say("é")}${STOP}${DONE}`.replaceAll("data: ", "data:")],
    ["data on several lines", say("xé").replace('"delta"', '\ndata: "delta"') + STOP + DONE],
    ["comments, ids, names and retry", `: hi\nid: 1\nevent: chunk\nretry: 10\n${say("xé")}:\n\n${STOP}${DONE}`],
    ["no blank line at the end", `${say("xé")}${STOP.trimEnd()}`],
  ];
  it.each(forms)("in single bytes, with %s, changes nothing (F66)", (_, form) => {
    const single = Array.from(bytes(form), (byte) => Uint8Array.of(byte));
    expect(read(single)).toMatchObject({ text: "xé", code: null });
    expect(read([form])).toMatchObject({ text: "xé", code: null });
  });

  it("into any pieces changes neither text nor calls", () => {
    const texts = fc.array(fc.string({ unit: "binary", maxLength: 8 }), { maxLength: 6 });
    const cuts = fc.array(fc.nat(4000), { maxLength: 30 });
    fc.assert(
      fc.property(texts, cuts, fc.constantFrom("\n", "\r\n", "\r"), (said, at, line) => {
        const arguments_ = said.join("|");
        const calls = delta({ tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: arguments_ } }] });
        const whole = bytes((said.map(say).join("") + calls + STOP + DONE).replaceAll("\n", line));
        const ends = [...new Set(at.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
        const pieces = [0, ...ends].map((from, index) => whole.subarray(from, ends[index] ?? whole.length));
        const { text, chunks, code } = read(pieces);
        const parts = chunks.map((chunk) => (chunk.type === "tool_call" ? (chunk.arguments ?? "") : ""));
        expect({ text, code, args: parts.join("") }).toEqual({ text: said.join(""), code: null, args: arguments_ });
      }),
    );
  });
});

describe("an answer is complete", () => {
  it.each([
    ["with a finish_reason, without [DONE] (F61)", say("a") + STOP],
    ["with [DONE] and usage, without finish_reason", say("a") + event({ choices: [], usage: COUNTS }) + DONE],
    [
      "with [DONE] and usage in every chunk, without finish_reason",
      event({ choices: [{ index: 0, delta: { content: "a" } }], usage: COUNTS }) + DONE,
    ],
    ["with usage after [DONE] (F75)", say("a") + DONE + event({ choices: [], usage: COUNTS })],
  ])("%s", (_, body) => {
    const { code, chunks } = read([body]);
    expect(code).toBeNull();
    expect(chunks).toContainEqual({ type: "finish", reason: "stop" });
  });

  it.each([
    ["[DONE] alone (F62)", say("a") + DONE],
    ["usage alone (F60)", say("a") + event({ choices: [], usage: COUNTS })],
    ["nothing at all", ""],
    ["its last line cut (F60)", `${say("a")}data: {"choices":[{"del`],
  ])("not with %s: truncated", (_, body) => {
    expect(read([body]).code).toBe("truncated");
  });

  it("also where its connection broke behind the finish_reason, and not before it (F60, F61)", () => {
    expect(read([say("a") + STOP], true).code).toBeNull();
    expect(read([say("a")], true)).toMatchObject({ text: "a", code: "truncated" });
  });
});

describe("a failure in the stream", () => {
  it.each<[string, string, string, string]>([
    ["an error chunk", event({ error: { message: "boom", code: 502 } }), "upstream_error", "boom"],
    [
      "an error chunk of a full account",
      event({ error: { message: "no", code: "insufficient_quota" } }),
      "payment_required",
      "no",
    ],
    ["an error that is a text", event({ error: "boom" }), "upstream_error", "boom"],
    ["vLLM's form", event({ object: "error", message: "boom", code: 400 }), "bad_request", "boom"],
    ["a named event", `event: error\ndata: {"error":{"message":"boom"}}\n\n`, "upstream_error", "boom"],
    ["a named event that is no JSON", "event: error\ndata: boom\n\n", "upstream_error", "boom"],
    ["an error field", `error: {"message":"boom"}\n\n`, "upstream_error", "boom"],
    ["a rate limit", event({ error: { message: "slow", code: 429 } }), "rate_limited", "slow"],
    [
      "a context length",
      event({ error: { message: "maximum context length" } }),
      "context_length",
      "maximum context length",
    ],
  ])("%s is told with its message, whatever came before (F63)", (_, line, code, message) => {
    expect(read([say("a") + STOP + line])).toMatchObject({ text: "a", code, message });
    expect(read([...(say("a") + line)])).toMatchObject({ text: "a", code, message });
  });

  it("is not an error field that is null or empty", () => {
    expect(read([event({ error: null, choices: [] }) + event({ error: "" }) + say("a") + STOP])).toMatchObject({
      code: null,
    });
  });

  it.each(["{oops", "nonsense", "[1]", "5", "null"])("%s is bad_upstream, and is not repeated (F64)", (line) => {
    const { code, message } = read([`${say("a")}data: ${line}\n\n${STOP}`]);
    expect(code).toBe("bad_upstream");
    expect(message).not.toContain(line);
  });

  it("ends what is read of it", () => {
    const { text } = read([say("a"), `data: {oops\n\n${say("b")}`, say("c")]);
    expect(text).toBe("a");
  });

  it("keeps the key to itself", () => {
    expect(read([event({ error: { message: "key topsecretkey" } })]).message).toBe("key [redacted]");
  });
});

describe("limits (F67)", () => {
  const big = "x".repeat(64 * 1024);
  const endless = (first: string): string[] => [first, ...Array.from({ length: 17 }, () => big)];

  it.each([
    ["data", "data: "],
    ["comments", ": "],
    ["fields nobody knows", "foo"],
    ["data on many lines", `data: ${big}\n`],
  ])("one line of %s", (name, first) => {
    const pieces = name === "data on many lines" ? Array.from({ length: 17 }, () => first) : endless(first);
    expect(read([say("a"), ...pieces]).code).toBe("response_too_large");
  });

  it("the whole of an answer", () => {
    const lines = Array.from({ length: ANSWER_LIMITS.content / big.length + 1 }, () => say(big));
    const { text, code } = read(lines);
    expect(code).toBe("response_too_large");
    expect(text.length).toBeLessThanOrEqual(ANSWER_LIMITS.content);
  });

  it("a body that is one JSON object", () => {
    const { code } = read([`{"a":"`, ...Array.from({ length: ANSWER_LIMITS.content / big.length + 1 }, () => big)]);
    expect(code).toBe("response_too_large");
  });
});

describe("shapes (F76)", () => {
  it.each([
    ["choices: []", event({ choices: [] })],
    ["no choices", event({ id: "x" })],
    ["choices: null", event({ choices: null })],
    ["delta: null", event({ choices: [{ index: 0, delta: null }] })],
    ["no delta", event({ choices: [{ index: 0 }] })],
    ["content: null", delta({ content: null, tool_calls: null, refusal: null, reasoning: null })],
    ["content: a number", delta({ content: 5, tool_calls: 5, function_call: 5 })],
    ["an empty line of data", "data: \n\n"],
    ["a ping", "event: ping\ndata: {}\n\n"],
    ["tool_calls with nothing in it", delta({ tool_calls: [null, 5] })],
  ])("%s does no harm", (_, line) => {
    expect(read([line + say("a") + line + STOP + DONE])).toMatchObject({ text: "a", code: null });
  });

  it("of two choices the first is read", () => {
    const second = event({ choices: [{ index: 1, delta: { content: "B" }, finish_reason: "length" }] });
    expect(read([say("a") + second + STOP])).toMatchObject({ text: "a" });
    const both = event({
      choices: [
        { index: 1, delta: { content: "B" } },
        { index: 0, delta: { content: "A" } },
      ],
    });
    expect(read([both + STOP])).toMatchObject({ text: "A" });
  });

  it.each<[string, object]>([
    ["reasoning_content", { reasoning_content: "hm" }],
    ["reasoning", { reasoning: "hm", content: "" }],
    ["both", { reasoning_content: "hm", reasoning: "hm" }],
    ["details too", { reasoning: "hm", reasoning_details: [{ type: "reasoning.text", text: "hm" }] }],
    [
      "details",
      {
        reasoning_details: [
          { type: "reasoning.text", text: "hm" },
          { type: "reasoning.encrypted", data: "?" },
        ],
      },
    ],
    ["an array", { content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }],
  ])("reasoning in %s is counted once", (_, fields) => {
    expect(read([delta(fields) + STOP]).chunks[0]).toEqual({ type: "reasoning", text: "hm" });
  });

  it("text in an array, in the finish chunk and as a refusal is text", () => {
    const array = delta({ content: [{ type: "text", text: "a" }, "b"] });
    expect(read([array + delta({ content: "c" }, "stop")]).text).toBe("abc");
    expect(read([delta({ refusal: "no" }, "stop")]).chunks[0]).toEqual({ type: "refusal", text: "no" });
  });

  it("pieces of text that come in one read are one chunk", () => {
    expect(read([say("a") + say("b") + STOP]).chunks).toEqual([
      { type: "text", text: "ab" },
      { type: "finish", reason: "stop" },
    ]);
  });

  it("a whole answer as JSON is read like a stream (F77)", () => {
    const message = {
      role: "assistant",
      content: "a",
      tool_calls: [{ id: "c", function: { name: "f", arguments: "{}" } }],
    };
    const { chunks, code } = read([
      ` ${JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }], usage: COUNTS })}`,
    ]);
    expect(code).toBeNull();
    expect(chunks.map(({ type }) => type)).toEqual(["text", "tool_call", "finish", "usage"]);
  });

  it("a page or an error as the whole body is a failure (F77)", () => {
    expect(read(["<!doctype html><title>Sign in</title>"])).toMatchObject({
      code: "bad_upstream",
      message: expect.stringContaining("Sign in"),
    });
    expect(read([JSON.stringify({ error: { message: "boom" } })])).toMatchObject({
      code: "upstream_error",
      message: "boom",
    });
    expect(read(["{oops"]).code).toBe("bad_upstream");
  });
});

describe("usage (F75)", () => {
  const usages = (...values: unknown[]): ModelChunk[] =>
    read([say("a") + STOP + values.map((usage) => event({ choices: [], usage })).join("")]).chunks.filter(
      ({ type }) => type === "usage",
    );

  it("is read wherever it is, with what it names", () => {
    const details = { prompt_tokens_details: { cached_tokens: 1 }, completion_tokens_details: { reasoning_tokens: 2 } };
    expect(usages({ ...COUNTS, ...details })).toEqual([
      {
        type: "usage",
        usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3, cached_tokens: 1, reasoning_tokens: 2 },
      },
    ]);
    const inChoice = event({ choices: [{ index: 0, delta: {}, usage: COUNTS }] });
    expect(read([inChoice + STOP]).chunks[0]).toMatchObject({ type: "usage" });
  });

  it.each([null, 5, {}, { prompt_tokens: -1, completion_tokens: 2 }, { prompt_tokens: "1", completion_tokens: 2 }, []])(
    "%j stays unknown",
    (usage) => {
      expect(usages(usage)).toEqual([]);
    },
  );

  it("that comes twice, the second null, is what the first said", () => {
    expect(usages(COUNTS, null)).toHaveLength(1);
  });
});
