import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelTool } from "../model-port.ts";
import { labelAt } from "./labels.ts";
import { reactAnswer, reactCall } from "./react-messages.ts";
import { ReactText } from "./react-text.ts";

const tool = (name: string, properties: object = {}, required: string[] = []): [string, ModelTool] => [
  name,
  { name, description: "", parameters: { type: "object", properties, required } },
];
const TOOLS = new Map([
  tool("search", { q: { type: "string" }, n: { type: "integer" } }, ["q"]),
  tool("now"),
  tool("add", { a: { type: "number" }, b: { type: "number" } }, ["a", "b"]),
]);

interface Read {
  reasoning: string;
  text: string;
  calls: [name: string, args: string][];
  over: boolean;
  shown: string[];
}

function read(pieces: readonly string[]): Read {
  const found: Read = { reasoning: "", text: "", calls: [], over: false, shown: [] };
  const text = new ReactText(TOOLS, (chunk) => {
    if (chunk.type === "text" || chunk.type === "reasoning") {
      found[chunk.type] += chunk.text;
      found.shown.push(chunk.text);
    } else if (chunk.type === "tool_call") found.calls.push([chunk.name ?? "", chunk.arguments ?? ""]);
  });
  for (const piece of pieces) text.push(piece);
  found.over = text.over;
  text.end();
  return found;
}

/** However it is cut, the same is read. */
function readAll(said: string): Omit<Read, "shown" | "over"> {
  const { shown: _, over: _over, ...whole } = read([said]);
  const { shown: __, over: __over, ...single } = read(said.split(""));
  expect(single).toEqual(whole);
  for (let at = 1; at < said.length; at += 1) {
    const { shown: ___, over: ___over, ...cut } = read([said.slice(0, at), said.slice(at)]);
    expect(cut).toEqual(whole);
  }
  return whole;
}

describe("thought and answer", () => {
  it.each<[string, string, string, string]>([
    ["plainly", "Thought: hm\nAnswer: yes", "hm", "yes"],
    ["on lines of their own", "Thought:\n\n hm\n\nAnswer:\n\n yes\n\n", "hm", "yes"],
    ["in Markdown's bold", "**Thought:** hm\n\n**Answer**: **yes**", "hm", "**yes**"],
    ["with the mark around all of it", "**Thought: hm**\n**Answer: yes**", "**hm**", "**yes**"],
    ["as headings", "### Thought: hm\n## Answer: yes", "hm", "yes"],
    ["in lower and upper case", "thought: hm\nFINAL ANSWER: yes", "hm", "yes"],
    ["numbered", "Thought 1: hm\nThought 2: so\nAnswer: yes", "hm\nso", "yes"],
    ["with full-width colons", "Thought：嗯\nAnswer：好", "嗯", "好"],
    ["in Chinese", "思考：嗯\n回答：好", "嗯", "好"],
    ["in Chinese, with other words", "想法: 嗯\n最终答案: 好", "嗯", "好"],
    ["with CRLF", "Thought: hm\r\nAnswer: a\r\nb\r\n", "hm", "a\r\nb"],
    ["in a code block", "```\nThought: hm\nAnswer: yes\n```", "hm", "yes"],
    ["in a code block with a language", "```text\n\nThought: hm\nAnswer: yes\n```\n\n", "hm", "yes"],
    ["the thought alone in a code block", "```\nThought: hm\n```\nAnswer: yes", "hm", "yes"],
    [
      "in a code block, the answer with one of its own",
      "```\nThought: hm\nAnswer: so:\n```js\nx\n```\n```",
      "hm",
      "so:\n```js\nx\n```",
    ],
    ["a code block in the thought", "Thought: a\n```js\nx\n```\nb\nAnswer: yes", "a\n```js\nx\n```\nb", "yes"],
    ["no thought", "Answer: yes", "", "yes"],
    ["no answer", "Thought: hm\n", "hm", ""],
    ["neither", "Just yes.\n\nAnd no.", "", "Just yes.\n\nAnd no."],
    ["text before the thought", "Sure!\n\nThought: hm\nAnswer: yes", "hm", "Sure!yes"],
    [
      "labels within lines",
      "Thought: a Thought: b Answer: c\nAnswer: d Answer: e",
      "a Thought: b Answer: c",
      "d Answer: e",
    ],
    [
      "labels within an answer",
      "Answer: a\nAnswer: b\nThought: c\nAction: now\n",
      "",
      "a\nAnswer: b\nThought: c\nAction: now",
    ],
    ["an answer in plain text", "Q: 5 + 5\nAnswer: 10", "", "Q: 5 + 5\nAnswer: 10"],
    [
      "words that only begin like labels",
      "Thoughtful, Actions: none\nActionable: x",
      "",
      "Thoughtful, Actions: none\nActionable: x",
    ],
    [
      "other words in a thought",
      "Thought: a\nAction Items:\n- x\nAnswered: b\nAnswer: c",
      "a\nAction Items:\n- x\nAnswered: b",
      "c",
    ],
    ["an observation that nobody made", "Thought: a\nObservation: b\nAnswer: c", "a\nb", "c"],
    ["a label that never ends", "Thought: hm\nAns", "hm\nAns", ""],
    ["a code block of plain text", "```js\nx\n```", "", "```js\nx\n```"],
    ["a code block that is not closed", "Look:\n```\n", "", "Look:\n```"],
    ["a plain text about labels", "The form:\n```\nThought: a\n```\nok", "", "The form:\n```\nThought: a\n```\nok"],
    ["nothing", " \n ", "", ""],
    ["the beginning of a fence", "``", "", "``"],
  ])("%s", (_, said, reasoning, text) => {
    expect(readAll(said)).toEqual({ reasoning, text, calls: [] });
  });

  it("is shown as it comes: only what may be a label, and white space at an end, waits", () => {
    expect(read(["Thought: hm", " so", "\n", "An", "swer:", " yes", " and", " no", " "]).shown).toEqual([
      "hm",
      " so",
      "yes",
      " and",
      " no",
    ]);
    expect(read(["Hello", " there", "\n", "S", "ome"]).shown).toEqual(["Hello", " there", "\nS", "ome"]);
  });
});

describe("an action", () => {
  const Q = '{"q": "x"}';
  const CALL: [string, string][] = [["search", Q]];
  it.each<[string, string, [string, string][], string?]>([
    ["with its input", `Thought: hm\nAction: search\nAction Input: ${Q}`, CALL],
    ["in Markdown", `**Thought:** hm\n**Action:** \`search\`\n**Action Input:** \`${Q}\``, CALL],
    ["in Markdown, around all of it", `**Thought: hm**\n**Action: search**\n**Action Input:** ${Q}`, CALL, "**hm**"],
    ["in Chinese", `思考：hm\n行动：search\n行动输入：${Q}`, CALL],
    ["in lower case, written together", `thought: hm\naction: search\naction_input: ${Q}\n`, CALL],
    ["with another case of the name", `Thought: hm\nAction: Search.\nAction Input: ${Q}`, CALL],
    ["in a code block", `Thought: hm\n\`\`\`\nAction: search\nAction Input: ${Q}\n\`\`\``, CALL],
    ["all in a code block", `\`\`\`\nThought: hm\nAction: search\nAction Input: ${Q}\n\`\`\`\n`, CALL],
    ["with the input in a code block", `Thought: hm\nAction: search\nAction Input:\n\`\`\`json\n${Q}\n\`\`\``, CALL],
    ["with the input on its own line", `Thought: hm\nAction: search\nAction Input:\n${Q}\n`, CALL],
    ["with the name on its own line", `Thought: hm\nAction:\nsearch\nAction Input: ${Q}`, CALL],
    ["with all on one line", `Thought: hm\nAction: search Action Input: ${Q}`, CALL],
    ["with the input behind the name", `Thought: hm\nAction: search ${Q}\n`, CALL],
    ["written like a function", `Thought: hm\nAction: search(${Q})\nObservation: y`, CALL],
    ["with words in between", `Thought: hm\nAction: search\nI look for x.\nAction Input: ${Q}`, CALL],
    ["with the object alone", `Thought: hm\nAction: search\n${Q}\n`, CALL],
    [
      "as one object",
      `Thought: hm\nAction:\n\`\`\`json\n{"action": "search", "action_input": {"q": "x"}}\n\`\`\``,
      [["search", '{"q":"x"}']],
    ],
    [
      "followed by an observation",
      `Thought: hm\nAction: search\nAction Input: ${Q}\nObservation: {"no": 1}\nThought: so\nAnswer: no`,
      CALL,
    ],
    ["followed by another", `Thought: hm\nAction: search\nAction Input: ${Q}\nAction: now\nAction Input: {}`, CALL],
    [
      "followed by words on its line",
      `Thought: hm\nAction: search\nAction Input: ${Q} is what I want\nAnswer: x`,
      CALL,
    ],
    ["with a brace too many", `Thought: hm\nAction: search\nAction Input: ${Q}}\n`, CALL],
    ["without an input", "Thought: hm\nAction: now", [["now", "{}"]]],
    ["without an input, then an observation", "Thought: hm\nAction: now\nObservation: 5", [["now", "{}"]]],
    ["without an input, then an answer", "Thought: hm\nAction: now\nAnswer: 5", [["now", "{}"]]],
    ["with an empty input", "Thought: hm\nAction: now\nAction Input:\n\nObservation: 5", [["now", "{}"]]],
    ["with None for an input", "Thought: hm\nAction: now\nAction Input: None\n", [["now", "{}"]]],
    ["with parentheses", "Thought: hm\nAction: now()\n", [["now", "{}"]]],
    [
      "with a Python dict",
      "Thought: hm\nAction: search\nAction Input: {'q': 'it\\'s', 'n': None, 'b': True,}",
      [["search", '{"q":"it\'s","n":null,"b":true}']],
    ],
    [
      "over several lines",
      'Thought: hm\nAction: search\nAction Input: {\n  "q": "x",\n  "n": 2\n}\n',
      [["search", '{\n  "q": "x",\n  "n": 2\n}']],
    ],
    [
      "with raw line ends in a string",
      'Thought: hm\nAction: search\nAction Input: {"q": "a\nAnswer: b"}',
      [["search", '{"q":"a\\nAnswer: b"}']],
    ],
    [
      "with a bare text",
      "Thought: hm\nAction: search\nAction Input: San Francisco\nObservation: x",
      [["search", '{"q":"San Francisco"}']],
    ],
    [
      "with a quoted text",
      'Thought: hm\nAction: search\nAction Input: "San Francisco"',
      [["search", '{"q":"San Francisco"}']],
    ],
    [
      "with a text and an object in it",
      `Thought: hm\nAction: search\nAction Input: this is it: ${Q}`,
      [["search", '{"q":"x"}']],
    ],
    [
      "with a text that has another object in it",
      'Thought: hm\nAction: search\nAction Input: x = {"z": 1}',
      [["search", '{"q":"x = {\\"z\\": 1}"}']],
    ],
    ["with a text for two arguments", "Thought: hm\nAction: add\nAction Input: 1 and 2\n", [["add", "1 and 2\n"]]],
    ["that was cut in its input", 'Thought: hm\nAction: search\nAction Input: {"q": "x', [["search", '{"q": "x']]],
    [
      "with an object that never ends, and an observation",
      'Thought: hm\nAction: search\nAction Input: {"q": "x\nObservation: y',
      [["search", '{"q": "x\n']],
    ],
    [
      "stopped at the word",
      "Thought: hm\nAction: search\nAction Input: Rome\nObservation",
      [["search", '{"q":"Rome"}']],
    ],
    ["of a tool that is unknown", "Thought: hm\nAction: fly\nAction Input: {}", [["fly", "{}"]]],
  ])("%s is a call", (_, said, calls, reasoning = "hm") => {
    const found = readAll(said);
    const trim = (all: [string, string][]): [string, string][] => all.map(([name, args]) => [name, args.trim()]);
    expect({ ...found, calls: trim(found.calls) }).toEqual({ reasoning, text: "", calls: trim(calls) });
  });

  it.each<[string, string, string, string]>([
    ["none", "Thought: hm\nAction: None\nAction Input: None\nAnswer: yes", "hm", "yes"],
    ["N/A", "Thought: hm\nAction: N/A\nAnswer: yes", "hm", "yes"],
    [
      "no action needed, with an object",
      "Thought: hm\nAction: No action needed.\nAction Input: {}\nAnswer: yes",
      "hm",
      "yes",
    ],
    ["无", "思考：hm\n行动：无\n回答：yes", "hm", "yes"],
    ["no tool, in words", "Thought: hm\nAction: tell the user\nAnswer: yes", "hm\ntell the user", "yes"],
    ["empty", "Thought: hm\nAction:\nAnswer: yes", "hm", "yes"],
  ])("that is %s is no call", (_, said, reasoning, text) => {
    expect(readAll(said)).toEqual({ reasoning, text, calls: [] });
  });

  it("in plain text is a call of a tool that was offered, and else text", () => {
    expect(readAll(`I look.\nAction: search\nAction Input: ${Q}\nObservation: y`)).toEqual({
      reasoning: "",
      text: "I look.",
      calls: CALL,
    });
    const film = "SCENE 1\nAction: He runs.\nAction: search party\n\nAction:\n";
    expect(readAll(film)).toEqual({ reasoning: "", text: film.trimEnd(), calls: [] });
  });

  it("ends what is read, once the model goes on behind it", () => {
    const call = `Thought: hm\nAction: search\nAction Input: ${Q}`;
    expect(read([call]).over).toBe(false);
    expect(read([call, "\n", "```", "\n\n"]).over).toBe(false);
    expect(read([call, " yes"]).over).toBe(false);
    expect(read([call, "\n", "Obs"]).over).toBe(true);
    expect(read(["Action: now\nObserv", "ation: 5"]).over).toBe(true);
  });

  it("is told as soon as its object ends", () => {
    const text = new ReactText(TOOLS, (chunk) => seen.push(chunk.type));
    const seen: string[] = [];
    text.push(`Action: search\nAction Input: {"q": "x"`);
    expect(seen).toEqual([]);
    text.push("}");
    expect(seen).toEqual(["tool_call"]);
  });
});

describe("round trip", () => {
  const word = fc.constantFrom(
    "a",
    "漢",
    "😀",
    "Answer",
    "Thought:",
    "Action",
    ": ",
    " ",
    "  ",
    "{",
    "}",
    '"',
    "'",
    "`",
    "*",
    "Observation: x",
  );
  const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(""));
  const lines = fc.array(line, { maxLength: 4 }).map((all) => all.join("\n").trim());
  const cuts = fc.array(fc.nat(300), { maxLength: 12 });
  const cut = (said: string, at: readonly number[]): string[] => {
    const ends = [...new Set(at.map((place) => place % (said.length + 1)))].sort((a, b) => a - b);
    return [0, ...ends].map((from, index) => said.slice(from, ends[index] ?? said.length));
  };
  const thought = lines.filter((text) =>
    text
      .split("\n")
      .every((each, place) => (place === 0 || labelAt(each, true) === null) && !/^ {0,3}[`~]{3}/.test(each)),
  );

  it("any thought and answer come back as they were, wherever the text is cut", () => {
    fc.assert(
      fc.property(thought, lines, cuts, (reasoning, text, at) => {
        const said = `Thought: ${reasoning}\nAnswer: ${text}`;
        expect(read(cut(said, at))).toMatchObject({ reasoning, text, calls: [] });
        expect(read(said.split(""))).toMatchObject({ reasoning, text, calls: [] });
        expect(read(cut(reactAnswer(text), at))).toMatchObject({ text, calls: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("any call comes back as it was, and what the model makes up behind it is dropped", () => {
    const args = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value));
    const behind = fc.constantFrom("", "\n", "\nObservation: x", "\n\nThought: no\nAnswer: no", "\n```");
    fc.assert(
      fc.property(thought, args, behind, cuts, (reasoning, given, after, at) => {
        const said = reactCall(reasoning, { name: "add", arguments: given }) + after;
        const expected = { reasoning: reasoning || "I need to use a tool.", text: "", calls: [["add", given]] };
        expect(read(cut(said, at))).toMatchObject(expected);
        expect(read(said.split(""))).toMatchObject(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("any text at all is read the same however it is cut", () => {
    const part = fc.constantFrom(
      "Thought:",
      "Action:",
      "Action Input:",
      "Observation:",
      "Answer:",
      "search",
      "none",
      "now",
      "{",
      '{"q": "x"}',
      "}",
      "'",
      '"',
      "\n",
      "\n\n",
      " ",
      "```",
      "```json",
      "**",
      "# ",
      "x",
      "(",
      ")",
      "\r\n",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), cuts, (parts, at) => {
        const said = parts.join("");
        const { shown: _, over: _o, ...whole } = read([said]);
        const { shown: __, over: __o, ...pieces } = read(cut(said, at));
        const { shown: ___, over: ___o, ...single } = read(said.split(""));
        expect(pieces).toEqual(whole);
        expect(single).toEqual(whole);
        expect(whole.text).toBe(whole.text.trim());
        expect(whole.calls.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });
});
