import { describe, expect, it } from "vitest";
import type { ModelTool } from "../model-port.ts";
import { AnswerText } from "./answer-text.ts";

const TOOLS: ModelTool[] = [
  {
    name: "weather",
    description: "",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string" },
        days: { type: "integer" },
        wind: { type: "boolean" },
        at: { type: "array" },
      },
    },
  },
  { name: "now", description: "", parameters: { type: "object" } },
];

interface Read {
  text: string;
  calls: [name: string, args: unknown][];
}

function read(pieces: readonly string[], tools: readonly (ModelTool | string)[]): Read {
  const found: Read = { text: "", calls: [] };
  const answer = new AnswerText(tools, (piece) => {
    if (piece.type === "text") found.text += piece.text;
    else if (piece.type === "tool_call") found.calls.push([piece.name ?? "", JSON.parse(piece.arguments ?? "")]);
  });
  for (const piece of pieces) answer.push(piece);
  answer.flush();
  return found;
}

/** Whole, in single code units, and cut once at every place. */
function readAll(said: string, tools: readonly (ModelTool | string)[] = TOOLS): Read {
  const whole = read([said], tools);
  expect(read(said.split(""), tools)).toEqual(whole);
  for (let at = 1; at < said.length; at += 1) expect(read([said.slice(0, at), said.slice(at)], tools)).toEqual(whole);
  return whole;
}

const ROME = ["weather", { city: "Rome" }];
const NOW = ["now", {}];
const JSON_ROME = '{"name": "weather", "arguments": {"city": "Rome"}}';
const JSON_NOW = '{"name": "now", "parameters": {}}';

const FORMS: [string, string, unknown[]][] = [
  ["Qwen, two in one block", `<tool_call>\n${JSON_ROME}\n${JSON_NOW}\n</tool_call>`, [ROME, NOW]],
  ["a list in one block", `<tool_call>[${JSON_ROME}, ${JSON_NOW}]</tool_call>`, [ROME, NOW]],
  ["an OpenAI call as text", `<tool_call>{"type":"function","function":${JSON_ROME}}</tool_call>`, [ROME]],
  [
    "Qwen's coder",
    "<tool_call>\n<function=weather>\n<parameter=city>\nRome\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
    [["weather", { city: "Rome", days: 3 }]],
  ],
  [
    "Qwen's coder without a block, twice",
    '<function=weather>\n<parameter=city>\nA "b\nc\n</parameter>\n</function>\n<function=now>\n</function>',
    [["weather", { city: 'A "b\nc' }], NOW],
  ],
  ["Llama's function", '<function=weather>{"city": "Rome"}</function>', [ROME]],
  ["Llama's tag", `<|python_tag|>${JSON_ROME}; ${JSON_NOW}`, [ROME, NOW]],
  ["Llama's tag with an end", `<|python_tag|>${JSON_NOW}<|eom_id|>`, [NOW]],
  [
    "GLM",
    "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>12</arg_value>\n<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n<arg_key>at</arg_key>\n<arg_value>[1, 2]</arg_value>\n</tool_call>",
    [["weather", { city: "12", days: 2, at: [1, 2] }]],
  ],
  ["Mistral's list", `[TOOL_CALLS] [${JSON_ROME}]`, [ROME]],
  ["Mistral's newer form", '[TOOL_CALLS]weather[ARGS]{"city": "Rome"}[TOOL_CALLS]now[ARGS]{}', [ROME, NOW]],
  ["Mistral's form with an id", '[TOOL_CALLS]weather[CALL_ID]a1B2[ARGS]{"city": "Rome"}', [ROME]],
  [
    "Kimi",
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{"city": "Rome"}<|tool_call_end|><|tool_call_begin|>functions.now:1<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>',
    [ROME, NOW],
  ],
  [
    "DeepSeek",
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{"city": "Rome"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    [ROME, NOW],
  ],
  [
    "DeepSeek's newer form",
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"city": "Rome"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    [ROME],
  ],
  ["Phi", `<|tool_call|>[${JSON_ROME}]<|/tool_call|>`, [ROME]],
  ["Granite", `<|tool_call|>[${JSON_ROME}]`, [ROME]],
  [
    "MiniMax",
    '<minimax:tool_call>\n<invoke name="weather">\n<parameter name="city">Rome</parameter>\n<parameter name="wind">True</parameter>\n</invoke>\n<invoke name="now">\n</invoke>\n</minimax:tool_call>',
    [["weather", { city: "Rome", wind: true }], NOW],
  ],
];

describe("a call in the text", () => {
  it.each(FORMS)("as %s writes it is a call, and nothing of it is shown", (_, said, calls) => {
    expect(readAll(said)).toEqual({ text: "", calls });
    expect(readAll(`I look.\n${said}`)).toEqual({ text: "I look.\n", calls });
  });

  it.each(FORMS)("as %s writes it is text where its tool, or any tool, was not offered", (_, said) => {
    expect(readAll(said, ["other"])).toEqual({ text: said, calls: [] });
    expect(read(said.split(""), [])).toEqual({ text: said, calls: [] });
  });

  it("is none where one of several tools was not offered", () => {
    const said = `<tool_call>${JSON_ROME}\n${JSON_NOW.replace("now", "never")}</tool_call>`;
    expect(readAll(said)).toEqual({ text: said, calls: [] });
  });
});

describe("what only mentions a form", () => {
  it.each([
    "Write `<tool_call>` and close it with `</tool_call>`.",
    "The tag <tool_call> is for calls, the tag [TOOL_CALLS] is Mistral's.",
    "<|python_tag|>print(1)",
    "Use <function=name> as in <function=...>.",
    "<tool_call>weather</tool_call>",
    "<tool_call>weather<arg",
    '<function_calls> hold <invoke name="weather"> tags',
    "[TOOL_CALLS]",
    "[TOOL_CALLS] are many; a [link](x) [T",
    "<｜tool▁calls▁begin｜> and <｜tool",
    "a[0] < b[1] && c <= d",
    "<tool_call>{not json}</tool_call> [x]",
  ])("%s", (said) => {
    expect(readAll(said)).toEqual({ text: said, calls: [] });
  });

  it("is shown at once, and hides no call behind it", () => {
    const shown: string[] = [];
    const answer = new AnswerText(TOOLS, (piece) => shown.push(piece.type === "text" ? piece.text : piece.type));
    answer.push("The tag <tool_call> is for");
    expect(shown.join("")).toBe("The tag <tool_call> is for");
    answer.push(` calls. <tool_call>${JSON_NOW}</tool_call>`);
    expect(shown.at(-1)).toBe("tool_call");
  });
});
