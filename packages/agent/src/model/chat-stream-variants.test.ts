import { describe, expect, it } from "vitest";
import type { ModelChunk } from "../model-port.ts";
import { type StepOutput, StepWriter } from "../step-writer.ts";
import { ChatStream } from "./chat-stream.ts";

interface Read {
  readonly chunks: readonly ModelChunk[];
  readonly reasoning: string;
  readonly output: StepOutput;
  readonly code: string | null;
  readonly message: string | null;
}

function read(body: string, offered: readonly string[] = []): Read {
  const stream = new ChatStream([], offered);
  const chunks = [...[...body].flatMap((piece) => stream.push(piece)), ...stream.end()];
  let ids = 0;
  const writer = new StepWriter(
    () => `id-${++ids}`,
    (id) => id || `call-${++ids}`,
  );
  writer.write(chunks);
  const reasoning = chunks.map((chunk) => (chunk.type === "reasoning" ? chunk.text : "")).join("");
  return {
    chunks,
    reasoning,
    output: writer.end().output,
    code: stream.failure?.code ?? null,
    message: stream.failure?.message ?? null,
  };
}

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (fields: object, finish_reason: string | null = null): string =>
  event({ choices: [{ index: 0, delta: fields, finish_reason }] });
const call = (...tool_calls: unknown[]): string => delta({ tool_calls });
const STOP = delta({}, "stop");
const COUNTS = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

const callsOf = ({ output }: Read): unknown[] =>
  output.calls.map(({ tool_name, arguments: args }) => [tool_name, args.ok ? args.args : null]);

describe("calls (F68–F72)", () => {
  const ADD = ["add", { a: 1 }];
  it.each<[string, string, unknown[]]>([
    [
      "without an index, between texts",
      delta({ content: "I look." }) +
        call({ id: "x", function: { name: "add", arguments: '{"a"' } }) +
        delta({ content: "\n" }) +
        call({ function: { arguments: ":1}" } }),
      [ADD],
    ],
    [
      "whose name is whole in every chunk",
      call({ index: 0, id: "x", function: { name: "add", arguments: "" } }) +
        call({ index: 0, id: "x", function: { name: "add", arguments: '{"a"' } }) +
        call({ index: 0, id: "x", function: { name: "add", arguments: ":1}" } }),
      [ADD],
    ],
    ["with arguments as an object", call({ index: 0, id: "x", function: { name: "add", arguments: { a: 1 } } }), [ADD]],
    [
      "with arguments as an empty list",
      call({ index: 0, id: "x", function: { name: "now", arguments: [] } }),
      [["now", {}]],
    ],
    [
      "with arguments that are null at first",
      call({ index: 0, id: "x", function: { name: "add", arguments: null } }) +
        call({ index: 0, function: { name: null, arguments: '{"a":1}' } }),
      [ADD],
    ],
    [
      "whose index is a text",
      call({ index: "0", id: "x", function: { name: "add", arguments: '{"a"' } }) +
        call({ index: "0", function: { arguments: ":1}" } }),
      [ADD],
    ],
    [
      "that are one object instead of a list",
      delta({ tool_calls: { id: "x", function: { name: "add", arguments: '{"a":1}' } } }),
      [ADD],
    ],
    [
      "without a function around name and arguments",
      call({ index: 0, id: "x", name: "add", arguments: '{"a":1}' }),
      [ADD],
    ],
    [
      "of the older form, in pieces",
      delta({ function_call: { name: "add", arguments: "" } }) +
        delta({ function_call: { arguments: '{"a"' } }) +
        delta({ function_call: { arguments: ":1}" } }, "function_call"),
      [ADD],
    ],
    [
      "with the same id at different indexes",
      call(
        { index: 0, id: "x", function: { name: "add", arguments: '{"a":1}' } },
        { index: 1, id: "x", function: { name: "now", arguments: "{}" } },
      ),
      [ADD, ["now", {}]],
    ],
    [
      "in a message that came whole",
      event({
        choices: [
          { message: { content: null, tool_calls: [{ id: "x", function: { name: "add", arguments: '{"a":1}' } }] } },
        ],
      }),
      [ADD],
    ],
  ])("%s", (_, body, calls) => {
    expect(callsOf(read(body + STOP))).toEqual(calls);
  });

  it("and text of one answer are both read, whatever its finish_reason (F73)", () => {
    const found = read(
      delta({ content: "I look." }) +
        call({ index: 0, id: "x", function: { name: "add", arguments: '{"a":1}' } }) +
        delta({ content: " So." }, "tool_calls"),
    );
    expect(callsOf(found)).toEqual([ADD]);
    expect(found.output.text).toBe("I look. So.");
  });

  it("in the text are read beside calls that came as such", () => {
    const found = read(
      delta({ content: '<tool_call>{"name":"now"}</tool_call>' }) +
        call({ index: 0, id: "x", function: { name: "add", arguments: '{"a":1}' } }) +
        STOP,
      ["now", "add"],
    );
    expect(callsOf(found)).toEqual([["now", {}], ADD]);
    expect(found.output.text).toBe("");
  });
});

describe("content (F76)", () => {
  it.each<[string, object, string, string]>([
    ["a text part", { content: [{ type: "text", text: "a" }] }, "", "a"],
    ["an output_text part", { content: [{ type: "output_text", text: "a" }] }, "", "a"],
    ["a part instead of a list", { content: { type: "text", text: "a" } }, "", "a"],
    [
      "a thinking part that is a text",
      {
        content: [
          { type: "thinking", thinking: "hm" },
          { type: "text", text: "a" },
        ],
      },
      "hm",
      "a",
    ],
    [
      "a thinking part that is a list",
      {
        content: [
          {
            type: "thinking",
            thinking: [
              { type: "text", text: "h" },
              { type: "text", text: "m" },
            ],
          },
        ],
      },
      "hm",
      "",
    ],
    [
      "a reasoning part",
      {
        content: [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "a" },
        ],
      },
      "hm",
      "a",
    ],
    [
      "a reasoning part with a summary",
      { content: [{ type: "reasoning", summary: [{ type: "summary_text", text: "hm" }] }] },
      "hm",
      "",
    ],
    ["a part that is marked as a thought", { content: [{ thought: true, text: "hm" }, { text: "a" }] }, "hm", "a"],
    ["a part nobody knows", { content: [{ type: "image", url: "x" }, null, 5, { type: "text", text: "a" }] }, "", "a"],
    [
      "an encrypted part",
      {
        content: [
          { type: "redacted_thinking", data: "xyz" },
          { type: "text", text: "a" },
        ],
      },
      "",
      "a",
    ],
    [
      "details: summary, text, encrypted",
      {
        reasoning_details: [
          { type: "reasoning.summary", summary: "h" },
          { type: "reasoning.text", text: "m" },
          { type: "reasoning.encrypted", data: "xyz" },
        ],
      },
      "hm",
      "",
    ],
    ["reasoning that is an object", { reasoning: { content: "hm" } }, "hm", ""],
    ["reasoning_text", { reasoning_text: "hm" }, "hm", ""],
    ["thinking", { thinking: "hm" }, "hm", ""],
    ["thinking_blocks", { thinking_blocks: [{ type: "thinking", thinking: "hm", signature: "xyz" }] }, "hm", ""],
    [
      "the same in three fields",
      { reasoning_content: "hm", reasoning: "hm", thinking_blocks: [{ thinking: "hm" }] },
      "hm",
      "",
    ],
    [
      "empty fields before a full one",
      { reasoning_content: "", reasoning: null, reasoning_details: [{ text: "hm" }] },
      "hm",
      "",
    ],
  ])("%s", (_, fields, reasoning, text) => {
    const found = read(delta(fields) + STOP);
    expect([found.reasoning, found.output.text, found.code]).toEqual([reasoning, text, null]);
  });

  it("a refusal in a part is a refusal", () => {
    expect(read(delta({ content: [{ type: "refusal", refusal: "No." }] }) + STOP).chunks[0]).toEqual({
      type: "refusal",
      text: "No.",
    });
  });

  it("of a message behind its deltas is not repeated", () => {
    const last = event({
      choices: [{ index: 0, message: { role: "assistant", content: "ab" }, finish_reason: "stop" }],
    });
    expect(read(delta({ content: "a" }) + delta({ content: "b" }) + last).output.text).toBe("ab");
  });

  it("in the older API's text is read", () => {
    const text = (said: string, finish_reason: string | null = null): string =>
      event({ choices: [{ index: 0, text: said, finish_reason }] });
    expect(read(text("a") + text("b", "stop")).output.text).toBe("ab");
  });
});

describe("a finish_reason (F74)", () => {
  it.each([
    ["STOP", "stop"],
    ["FinishReason.STOP", "stop"],
    ["COMPLETE", "stop"],
    ["MAX_TOKENS", "length"],
    ["model_length", "length"],
    ["SAFETY", "content_filter"],
    ["sensitive", "content_filter"],
    ["content-filter", "content_filter"],
    ["tool_call", "tool_calls"],
    ["eos_token", "eos_token"],
    ["function_call", "function_call"],
    ["Weird one", "Weird one"],
  ])("%s is %s", (word, reason) => {
    expect(read(delta({ content: "a" }, word)).output.finish_reason).toBe(reason);
  });

  it.each(["null", ""])("%j is none (F60)", (word) => {
    expect(read(delta({ content: "a" }, word)).code).toBe("truncated");
    expect(read(delta({ content: "a" }, word) + STOP).code).toBeNull();
  });

  it("may come twice, and behind the usage", () => {
    const body =
      delta({ content: "a" }, "stop") +
      event({ choices: [], usage: COUNTS }) +
      event({ choices: [{ index: 0, delta: { content: "" }, finish_reason: "stop" }], usage: COUNTS });
    expect(read(body)).toMatchObject({
      code: null,
      output: { text: "a", finish_reason: "stop", usage: { total_tokens: 3 } },
    });
    expect(read(event({ choices: [], usage: COUNTS }) + delta({ content: "a" }, "length")).output).toMatchObject({
      finish_reason: "length",
    });
  });
});

describe("usage (F75)", () => {
  const USAGE = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
  it.each<[string, object, object]>([
    ["in a chunk without choices", { choices: [], usage: COUNTS }, USAGE],
    ["of Groq", { choices: [], x_groq: { id: "x", usage: COUNTS } }, USAGE],
    ["in other words", { choices: [], usage: { input_tokens: 1, output_tokens: 2 } }, USAGE],
    [
      "with cached and reasoning tokens at its top",
      { choices: [], usage: { ...COUNTS, cached_tokens: 1, reasoning_tokens: 2 } },
      { ...USAGE, cached_tokens: 1, reasoning_tokens: 2 },
    ],
    [
      "with DeepSeek's cache",
      { choices: [], usage: { ...COUNTS, prompt_cache_hit_tokens: 1 } },
      { ...USAGE, cached_tokens: 1 },
    ],
    [
      "with details of the newer API",
      {
        choices: [],
        usage: {
          input_tokens: 1,
          output_tokens: 2,
          input_tokens_details: { cached_tokens: 1 },
          output_tokens_details: { reasoning_tokens: 2 },
        },
      },
      { ...USAGE, cached_tokens: 1, reasoning_tokens: 2 },
    ],
  ])("%s", (_, chunk, usage) => {
    expect(read(delta({ content: "a" }) + STOP + event(chunk)).output.usage).toEqual(usage);
  });

  it("in every chunk counts up: the last one is it", () => {
    const counted = (completion_tokens: number): string =>
      event({ choices: [{ index: 0, delta: { content: "a" } }], usage: { prompt_tokens: 5, completion_tokens } });
    expect(read(counted(1) + counted(2) + counted(4) + STOP).output.usage).toMatchObject({
      output_tokens: 4,
      total_tokens: 9,
    });
  });
});

describe("failures (F63, F77)", () => {
  it.each<[string, string, string, string]>([
    ["a text in an error event", "event: error\ndata: boom\n\n", "upstream_error", "boom"],
    [
      "an error event of Anthropic's form",
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"boom"}}\n\n',
      "upstream_error",
      "boom",
    ],
    ["an error line", 'error: {"message":"boom","code":429}\n\n', "rate_limited", "boom"],
    [
      "an error of DashScope in the stream",
      event({ code: "InvalidParameter", message: "boom", request_id: "x" }),
      "upstream_error",
      "boom",
    ],
    [
      "an error of MiniMax in the stream",
      event({ choices: null, base_resp: { status_code: 1004, status_msg: "boom" } }),
      "upstream_error",
      "boom",
    ],
    ["a list of errors", event({ error: [{ error: { message: "boom", code: 400 } }] }), "bad_request", "boom"],
    [
      "an error that a router hands on",
      event({ error: { message: "Provider returned error", code: 400, metadata: { raw: "boom" } } }),
      "bad_request",
      "Provider returned error: boom",
    ],
    ["a whole body of FastAPI", JSON.stringify({ detail: "boom" }), "upstream_error", "boom"],
    ["a whole body of other words", JSON.stringify({ code: 20015, msg: "boom" }), "upstream_error", "boom"],
    [
      "a whole body that is a list",
      JSON.stringify([{ error: { code: 429, message: "boom" } }]),
      "rate_limited",
      "boom",
    ],
  ])("%s", (_, body, code, message) => {
    expect(read((body.startsWith("{") || body.startsWith("[") ? "" : delta({ content: "a" })) + body)).toMatchObject({
      code,
      message,
    });
  });

  it("is not what says that all is well", () => {
    const body = event({
      choices: [{ index: 0, delta: { content: "a" } }],
      base_resp: { status_code: 0, status_msg: "" },
    });
    expect(
      read(body + event({ code: 0, message: "" }) + event({ object: "ping", code: "x", message: "hi" }) + STOP).code,
    ).toBeNull();
  });

  it("is a body without an answer", () => {
    expect(read("{}")).toMatchObject({ code: "truncated" });
  });
});

describe("framing (F61, F66)", () => {
  const said = delta({ content: "a" }) + delta({ content: "b" }, "stop");
  it.each([
    ["a BOM", `\ufeff${said}`],
    ["CRLF", said.replaceAll("\n", "\r\n")],
    ["comments in between", said.replaceAll("\n\n", "\n\n: keep-alive\n\n")],
    ["empty data", `data:\n\n${said}data:\n\n`],
    ["[DONE] twice", `${said}data: [DONE]\n\ndata: [DONE]\n\n`],
    ["[DONE] without a space", `${said}data:[DONE]\n\n`],
    ["no [DONE] and no last line end", said.trimEnd()],
  ])("%s", (_, body) => {
    expect(read(body)).toMatchObject({ code: null, output: { text: "ab", finish_reason: "stop" } });
  });
});
