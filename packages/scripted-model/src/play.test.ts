import { describe, expect, it } from "vitest";
import { chatRequest, rehearse, steppingClock } from "./rehearsal.ts";
import { type Action, failure, reply, type Script, text, toolCalls } from "./script.ts";

const asked = chatRequest("hi", { stream_options: { include_usage: true } });

function chunks(data: readonly string[]): { choices: { delta: unknown; finish_reason: unknown }[]; usage?: unknown }[] {
  return data.filter((item) => item !== "[DONE]").map((item) => JSON.parse(item));
}

describe("the automatic ending", () => {
  it("adds role, finish and [DONE] around plain text", async () => {
    const { data, ending } = await rehearse(reply("Hi"));
    expect(chunks(data).map(({ choices }) => choices[0])).toEqual([
      { index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null },
      { index: 0, delta: { content: "Hi" }, logprobs: null, finish_reason: null },
      { index: 0, delta: {}, logprobs: null, finish_reason: "stop" },
    ]);
    expect(data.at(-1)).toBe("[DONE]");
    expect(ending).toBe("end");
  });

  it("adds usage in a chunk without choices only when asked, and it adds up", async () => {
    const { data } = await rehearse(reply("four four", { reasoning: "deep" }), { request: asked });
    const last = chunks(data).at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toEqual({
      prompt_tokens: 5,
      completion_tokens: 4,
      total_tokens: 9,
      completion_tokens_details: { reasoning_tokens: 1 },
    });
    expect(chunks(data)[0]?.usage).toBeNull();
    expect((await rehearse(reply("x"))).body).not.toContain("usage");
  });

  it("finishes with tool_calls after a call, with the script's own reason where it has one", async () => {
    const call = toolCalls([{ id: "a", name: "t", arguments: {} }]);
    expect(chunks((await rehearse(call)).data).at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
    const own = await rehearse([{ text: "x" }, { finish: "length" }]);
    expect(own.body.match(/"finish_reason":"/gu)).toHaveLength(1);
    expect(own.body).toContain('"finish_reason":"length"');
  });

  const ended: [string, Script, string, RegExp][] = [
    ["F61 finish without [DONE]", [{ finish: "stop" }, { cut: "end" }], "end", /"stop"[^D]*$/u],
    ["F62 [DONE] without finish", [{ text: "x" }, { done: true }], "end", /^(?!.*"finish_reason":").*\[DONE\]\n\n$/su],
    ["F60 the end without either", [{ text: "x" }, { cut: "end" }], "end", /^(?!.*"finish_reason":")[^D]*$/su],
    ["F60 a reset", [{ text: "x" }, { cut: "rst" }, { text: "never" }], "rst", /"x"(?!.*never)/su],
    [
      "F63 an error chunk",
      [{ chunk: { error: { message: "no" } } }],
      "end",
      /^data: \{"error":\{"message":"no"\}\}\n\n$/u,
    ],
    ["F75 usage after [DONE]", [{ done: true }, { usage: null }], "end", /\[DONE\]\n\n.*"usage":null\}\n\n$/su],
    ["F78 nothing at all", [], "end", /"finish_reason":"stop".*\[DONE\]/su],
  ];
  it.each(ended)("leaves %s as the script has it", async (_name, script, ending, body) => {
    const written = await rehearse(script);
    expect(written.ending).toBe(ending);
    expect(written.body).toMatch(body);
  });
});

describe("framing", () => {
  it("sends data, event names, comments and raw bytes untouched (F59, F64, F66)", async () => {
    const script: Action[] = [
      { comment: "OPENROUTER PROCESSING" },
      { data: '{"choices":[' },
      { data: "{}", event: "error" },
      { raw: "data:no space\r\n\r\n" },
      { data: "two\nlines" },
      { done: true },
    ];
    expect((await rehearse(script)).body).toBe(
      ": OPENROUTER PROCESSING\n\n" +
        'data: {"choices":[\n\n' +
        "event: error\ndata: {}\n\n" +
        "data:no space\r\n\r\n" +
        "data: two\ndata: lines\n\n" +
        "data: [DONE]\n\n",
    );
  });

  it("sends tool calls in fragments that add up, each with its index (F68: or without)", async () => {
    const args = { city: "北京😀", n: 1 };
    const { data, completion } = await rehearse(
      toolCalls([
        { id: "a", name: "one", arguments: args, fragments: 5 },
        { id: "b", name: "two", arguments: '{"x":', fragments: ['{"', 'x":'], index: null },
      ]),
    );
    expect(data.filter((item) => item.includes('"arguments"'))).toHaveLength(6 + 3);
    expect(data.filter((item) => item.includes('"tool_calls":[{"index"'))).toHaveLength(6);
    expect(completion.body).toMatchObject({
      choices: [
        {
          message: {
            tool_calls: [
              { id: "a", function: { name: "one", arguments: JSON.stringify(args) } },
              { id: "b", function: { name: "two", arguments: '{"x":' } },
            ],
          },
        },
      ],
    });
  });

  it("sends any delta, for shapes no builder makes (F69, F76)", async () => {
    const { data } = await rehearse([{ delta: null }, { delta: { content: [{ type: "text" }] } }]);
    expect(chunks(data)[1]?.choices[0]?.delta).toBeNull();
    expect(chunks(data)[2]?.choices[0]?.delta).toEqual({ content: [{ type: "text" }] });
  });

  it("sends a whole answer instead of a stream (F55, F56)", async () => {
    const { response, ending, body } = await rehearse(failure(429, "slow down", { code: "rate_limited" }));
    expect(response?.status).toBe(429);
    expect(response?.body).toMatchObject({ error: { message: "slow down", code: "rate_limited" } });
    expect([ending, body]).toEqual(["whole", ""]);
  });
});

describe("time", () => {
  it("keeps a pace on an absolute schedule", async () => {
    const { times } = await rehearse(text("abc", { size: 1, pace_ms: 40 }));
    expect(times).toEqual([40, 40, 80, 120, 120, 120]);
  });

  it("joins waits below a millisecond (F79: ten thousand a second)", async () => {
    const clock = steppingClock();
    const { times } = await rehearse(text("x".repeat(1000), { size: 1, pace_ms: 0.1 }), { clock });
    expect(times.at(-1)).toBeGreaterThanOrEqual(99);
    expect(times.at(-1)).toBeLessThanOrEqual(101);
    expect(clock.slept.length).toBeLessThan(150);
  });

  it("waits until a time since the request", async () => {
    const { times } = await rehearse([{ at_ms: 300 }, { data: "1" }, { at_ms: 200 }, { data: "2" }, { done: true }]);
    expect(times).toEqual([300, 300, 300]);
  });
});

describe("abort", () => {
  it("writes nothing more and lets go of the script once the client has left", async () => {
    const left = new AbortController();
    let released = false;
    async function* script(): AsyncGenerator<Action> {
      try {
        for (let at = 0; ; at += 1) {
          if (at === 3) {
            left.abort();
          }
          yield { text: `<${at}>` };
        }
      } finally {
        released = true;
      }
    }
    const { body, ending } = await rehearse(script(), { signal: left.signal });
    expect(body).toContain("<2>");
    expect(body).not.toContain("<3>");
    expect([ending, released]).toEqual(["open", true]);
  });

  it("ends a hang", async () => {
    const left = new AbortController();
    const played = rehearse([{ hang: true }], { signal: left.signal });
    left.abort();
    expect(await played).toMatchObject({ body: "", ending: "open" });
  });
});
