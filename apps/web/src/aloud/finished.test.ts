import { describe, expect, it } from "vitest";
import { type Finished, finished } from "./finished.ts";

/** All parts of a text that comes in pieces of so many characters. */
function streamed(text: string, size: number): Finished[] {
  const all: Finished[] = [];
  let from = 0;
  for (let end = size; end < text.length + size; end += size) {
    const { parts, to } = finished(text.slice(0, end), from, false);
    all.push(...parts);
    from = to;
  }
  return [...all, ...finished(text, from, true).parts];
}
const said = (text: string, size = 1) =>
  streamed(text, size).map((part) =>
    part.kind === "words"
      ? part.text
      : part.kind === "code"
        ? `code ${part.language} ${part.lines}`
        : `table ${part.columns}x${part.rows}`,
  );

const CODE = "```ts\nconst a = 1;\n\nconst b = 2;\nconst c = '``';\n```\n";

describe("finished", () => {
  it.each<[string, string[]]>([
    ["It is late. Then it is **early again**, and", ["It is late.", "Then it is early again, and"]],
    ["## Title\n\n- one `two`\n- [x] three\n3. Four. Five.\n", ["Title", "one two", "three", "3. Four.", "Five."]],
    [
      "e.g. this and 3.5 of it. See [the page](https://example.org/a.b).",
      ["e.g. this and 3.5 of it.", "See the page."],
    ],
    ["现在很晚了。然后又早了！好", ["现在很晚了。", "然后又早了！", "好"]],
    [`Look:\n\n${CODE}\nThere.`, ["Look:", "code ts 4", "There."]],
    ["```\nnpm start\n```\nRun it.", ["npm start", "Run it."]],
    ["~~~~\na\n~~~\nb\nc\n~~~~\n", ["code  4"]],
    ["```py\na\nb\nc", ["code py 3"]],
    ["| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nDone.", ["table 2x2", "Done."]],
    ["| not a table\n\nDone.", ["| not a table", "Done."]],
    ["---\n\n***\nEnd", ["End"]],
    ["", []],
  ])("%j", (text, parts) => {
    for (const size of [1, 3, 7, 1_000]) expect(said(text, size), `by ${size}`).toEqual(parts);
  });

  it("says nothing of a sentence, code or a table that may go on", () => {
    for (const open of [
      "It is la",
      "It is late.",
      "```ts\nlet a;\nlet b;\nlet c;\n",
      "```ts",
      "| a | b |\n|---|---|\n| 1 |",
    ])
      expect(finished(open, 0, false).parts, open).toEqual([]);
    expect(finished(CODE, 0, false).parts).toEqual([{ kind: "code", language: "ts", lines: 4 }]);
  });

  it("does not wait for the end of what has none", () => {
    const { parts } = finished("word ".repeat(100), 0, false);
    expect(parts.length).toBe(1);
  });
});
