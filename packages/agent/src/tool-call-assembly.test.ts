import { describe, expect, it } from "vitest";
import type { ToolCallFragment } from "./model-port.ts";
import { ToolCallAssembly } from "./tool-call-assembly.ts";

type Fragment = Omit<ToolCallFragment, "type">;

function assemble(...fragments: Fragment[]): [id: string, name: string, text: string][] {
  const assembly = new ToolCallAssembly();
  for (const fragment of fragments) assembly.add({ type: "tool_call", ...fragment });
  return assembly.calls.map(({ model_id, name, text }) => [model_id, name, text]);
}

const A = { id: "a", name: "add", arguments: '{"x":1}' };
const B = { id: "b", name: "mul", arguments: '{"x":2}' };
const TWO = [
  ["a", "add", '{"x":1}'],
  ["b", "mul", '{"x":2}'],
];

describe("tool calls are put together", () => {
  it("from fragments with an index", () => {
    expect(
      assemble(
        { index: 0, id: "a", name: "add", arguments: "" },
        { index: 1, id: "b", name: "mul", arguments: '{"x"' },
        { index: 0, arguments: '{"x":1}' },
        { index: 1, arguments: ":2}" },
      ),
    ).toEqual(TWO);
  });

  it("without an index: one after another, or by position where they come together (F68)", () => {
    expect(assemble(A, B)).toEqual(TWO);
    expect(assemble({ ...A, position: 0 }, { ...B, position: 1 })).toEqual(TWO);
    const [first, second] = [
      { name: "add", position: 0 },
      { name: "mul", position: 1 },
    ];
    expect(assemble(first, second, { position: 0, arguments: "{}" }, { position: 1, arguments: "[]" })).toEqual([
      ["", "add", "{}"],
      ["", "mul", "[]"],
    ]);
  });

  it("without an index, the same or an empty id continues the last (F68)", () => {
    expect(
      assemble(
        { id: "a", name: "add", arguments: '{"x"' },
        { id: "", arguments: ":1" },
        { id: "a", arguments: "}" },
        B,
      ),
    ).toEqual(TWO);
  });

  it("with index 0 on all of them: a new id is a new call (F69)", () => {
    expect(assemble({ index: 0, ...A }, { index: 0, ...B })).toEqual(TWO);
    const halves = [
      { index: 0, id: "a", name: "add", arguments: '{"x"' },
      { index: 0, arguments: ":1}" },
    ];
    expect(assemble(...halves, { index: 0, ...B })).toEqual(TWO);
    const empty = { index: 0, id: "a", name: "add", arguments: "" };
    expect(assemble(empty, { ...empty, id: "b", arguments: "{}" })).toEqual([
      ["a", "add", ""],
      ["b", "add", "{}"],
    ]);
  });

  it("with neither id nor a usable index: another name, or a whole call repeated, is a new call (F69)", () => {
    const bare = (name: string, text: string): Fragment => ({ index: 0, name, arguments: text });
    expect(assemble(bare("add", "{}"), bare("mul", "{}"))).toHaveLength(2);
    expect(assemble(bare("add", "{}"), bare("add", "{}"))).toHaveLength(2);
  });

  it.each([
    ["on every fragment", ["a", "a", "a"]],
    ["on the first", ["a", undefined, undefined]],
    ["empty on the others", ["a", "", ""]],
    ["on the last", ["", "", "a"]],
    ["made up for each", ["a", "z1", "z2"]],
  ])("with the id %s (F70)", (_, ids) => {
    const [first, second, third] = ids;
    expect(
      assemble(
        { index: 0, id: first, name: "add", arguments: "" },
        { index: 0, id: second, arguments: '{"x"' },
        { index: 0, id: third, arguments: ":1}" },
      ),
    ).toEqual([["a", "add", '{"x":1}']]);
  });

  it.each([
    ["whole", ["add_numbers", undefined, undefined]],
    ["split", ["add_", "num", "bers"]],
    ["repeated", ["add_numbers", "add_numbers", "add_numbers"]],
    ["growing", ["add_", "add_num", "add_numbers"]],
  ])("with the name %s (F71)", (_, names) => {
    const parts = names.map((name, at) => ({ index: 0, id: "a", name, arguments: at === 2 ? "{}" : "" }));
    expect(assemble(...parts)).toEqual([["a", "add_numbers", "{}"]]);
  });

  it("with the name repeated while the arguments stream, with and without an id (F71)", () => {
    const parts = ['{"x', '":', "1}"];
    expect(assemble(...parts.map((text) => ({ index: 0, id: "a", name: "add", arguments: text })))).toEqual([TWO[0]]);
    expect(assemble(...parts.map((text) => ({ index: 0, name: "add", arguments: text })))).toHaveLength(1);
  });
});
