import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ToolCallFragment } from "../model-port.ts";
import { AnswerText } from "./answer-text.ts";

interface Read {
  text: string;
  reasoning: string;
  readonly calls: ToolCallFragment[];
  /** Every piece of text, as it was shown. */
  readonly shown: string[];
}

function read(pieces: readonly string[], offered: readonly string[] = ["echo"]): Read {
  const found: Read = { text: "", reasoning: "", calls: [], shown: [] };
  const answer = new AnswerText(offered, (piece) => {
    if (piece.type === "tool_call") found.calls.push(piece);
    else found[piece.type] += piece.text;
    if (piece.type === "text") found.shown.push(piece.text);
  });
  for (const piece of pieces) answer.push(piece);
  answer.flush();
  return found;
}

const called = (text: string, offered?: readonly string[]): [string, string][] =>
  read([text], offered).calls.map(({ name = "", arguments: args = "" }) => [name, args]);

const CALL = '<tool_call>\n{"name": "echo", "arguments": {"text": "hi"}}\n</tool_call>';

describe("a think block", () => {
  it.each([
    ["at the beginning", "<think>hm</think>ok", "hm", "ok"],
    ["behind white space", "\n <think>\nhm\n</think>\n\nok", "\nhm\n", "ok"],
    ["without an end", "<think>hm</thin", "hm</thin", ""],
    ["with nothing behind it", "<think>hm</think>\n\n", "hm", ""],
    ["that is empty", "<think></think>ok", "", "ok"],
    ["with a tag of another kind in it", `<think><b>${CALL}</think>ok`, `<b>${CALL}`, "ok"],
    ["behind text", "ok <think>hm</think>", "", "ok <think>hm</think>"],
    ["behind another one", "<think>a</think><think>b</think>", "a", "<think>b</think>"],
    ["that is none", "<thinker>hm", "", "<thinker>hm"],
    ["with attributes", '<think time="3">hm</think>ok', "hm", "ok"],
    ["of another name", "<thinking>hm</think></thinking>\nok", "hm</think>", "ok"],
    ["of a third name", "<thought>hm</thought>ok", "hm", "ok"],
    ["whose tag does not end", "<think time=3 <b>hm", "", "<think time=3 <b>hm"],
    ["that never begins", " \n<thi", "", " \n<thi"],
  ])("%s", (_, said, reasoning, text) => {
    expect(read([said])).toMatchObject({ reasoning, text });
    expect(read([...said])).toMatchObject({ reasoning, text });
  });

  it("is looked for behind so much white space only", () => {
    expect(read([...`${" ".repeat(300)}<think>a`])).toMatchObject({ reasoning: "" });
  });
});

describe("a call as text", () => {
  it("is a call, in any form that is seen", () => {
    const expected = [["echo", '{"text":"hi"}']];
    expect(called(CALL)).toEqual(expected);
    expect(called(`<tool_call>{"name":"echo","parameters":{"text":"hi"}}</tool_call>`)).toEqual(expected);
    expect(called(`<tool_call>{"name":"echo","arguments":"{\\"text\\":\\"hi\\"}"}</tool_call>`)).toEqual(expected);
    expect(called(`<tool_call>{"name":"echo"}</tool_call>`)).toEqual([["echo", "{}"]]);
    expect(called(CALL.slice(0, -"</tool_call>".length))).toEqual(expected);
    expect(called(CALL.slice(0, -3))).toEqual(expected);
  });

  it("leaves the text around it, without the white space behind it", () => {
    expect(read([`Let me see.\n${CALL}\n\n${CALL}\nDone.`])).toMatchObject({
      text: "Let me see.\nDone.",
      calls: [{ index: 1_000_000 }, { index: 1_000_001 }],
    });
  });

  it("may follow a think block", () => {
    expect(read([`<think>hm</think>\n${CALL}`])).toMatchObject({
      reasoning: "hm",
      text: "",
      calls: [{ name: "echo" }],
    });
  });

  it("may hold its own closing tag in a string", () => {
    const inner = '<tool_call>{"name":"echo","arguments":{"text":"\\"</tool_call>\\\\"}}</tool_call>';
    expect(called(inner)).toEqual([["echo", '{"text":"\\"</tool_call>\\\\"}']]);
  });

  it.each([
    ["of a tool that was not offered", CALL.replace("echo", "other")],
    ["that is not JSON", "<tool_call>echo</tool_call> ok"],
    ["that is no object", "<tool_call>[1]</tool_call>"],
    ["without a name", '<tool_call>{"arguments":{}}</tool_call>'],
    ["cut in its arguments", '<tool_call>{"name":"echo","argu'],
    ["longer than is waited for", `<tool_call>{"name":"echo","arguments":{"text":"${"x".repeat(300_000)}`],
    ["whose opening tag is cut", "so <tool_ca"],
    ["that is another tag", "a < b <tool>x</tool> <<tool_result>"],
  ])("%s stays text, every character of it", (_, said) => {
    expect(read([said])).toMatchObject({ text: said, calls: [] });
  });

  it("is text where no tools are offered, and not held back", () => {
    expect(read([..."x", ...CALL], []).shown).toEqual([..."x", ...CALL]);
  });

  it("that is malformed does not hide the next one", () => {
    expect(read([`<tool_call>oops</tool_call>${CALL}`])).toMatchObject({
      text: "<tool_call>oops</tool_call>",
      calls: [{}],
    });
  });
});

describe("however the text is cut", () => {
  const part = fc.constantFrom(
    ...["<think>", "</think>", "<tool_call>", "</tool_call>", CALL, CALL.replace("echo", "other"), "<", "</t", "<thi"],
    ...[" ", "\n", "text", "😀", '{"name":"echo"}', '"', "\\"],
  );
  const story = fc.tuple(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 20 }));

  it("the same is read", () => {
    fc.assert(
      fc.property(story, ([parts, cuts]) => {
        const said = parts.join("");
        const ends = [...new Set(cuts.map((cut) => cut % (said.length + 1)))].sort((a, b) => a - b);
        const pieces = [0, ...ends].map((from, index) => said.slice(from, ends[index] ?? said.length));
        const { shown: _, ...whole } = read([said]);
        const { shown: __, ...cut } = read(pieces);
        const { shown: ___, ...single } = read(said.split(""));
        expect(cut).toEqual(whole);
        expect(single).toEqual(whole);
      }),
    );
  });

  it("no part of a call is shown", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("Let me see.", "\n", CALL), { maxLength: 8 }), (parts) => {
        const { shown, calls } = read([...parts.join("")]);
        expect(shown.join("")).not.toMatch(/[<>{]/);
        expect(calls).toHaveLength(parts.filter((held) => held === CALL).length);
      }),
    );
  });

  it("nothing is lost where no tag is closed and no tool offered", () => {
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const said = `x${parts.join("")}`;
        expect(read([...said], []).text).toBe(said);
      }),
    );
  });
});
