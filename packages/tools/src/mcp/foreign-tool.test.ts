import { describe, expect, it } from "vitest";
import { readTools } from "./foreign-tool.ts";

const object = { type: "object" };

function problemsWith(inputSchema: unknown): readonly string[] {
  const { tools, problems } = readTools(
    [
      { name: "odd", inputSchema },
      { name: "good", inputSchema: object },
    ],
    undefined,
  );
  expect(tools.map(({ name }) => name)).toEqual(problems.length === 0 ? ["odd", "good"] : ["good"]);
  return problems;
}

describe("readTools", () => {
  it("T26: cleans and cuts descriptions, also those in schemas", () => {
    const hidden = "shown\u200b\u202e\u{e0041}";
    const { tools } = readTools(
      [
        {
          name: "a",
          description: `${hidden}${"x".repeat(5_000)}`,
          inputSchema: {
            $schema: "https://json-schema.org/draft/2020-12/schema",
            type: "object",
            properties: { description: { type: "string", description: hidden, enum: ["\u200b"] } },
          },
        },
      ],
      undefined,
    );
    expect(tools[0]!.description).toHaveLength(2_048);
    expect(tools[0]!.description).toMatch(/^shownx+$/);
    expect(tools[0]!.input_schema).toEqual({
      type: "object",
      properties: { description: { type: "string", description: "shown", enum: ["\u200b"] } },
    });
  });

  it("F88: leaves out a tool whose schema is too deep, too large or none, and keeps the others", () => {
    let deep: unknown = {};
    for (let level = 0; level < 10_000; level += 1) deep = { items: deep };
    expect(problemsWith({ ...object, properties: deep })).toEqual([expect.stringContaining("deeper than 32 levels")]);
    expect(problemsWith({ ...object, title: "x".repeat(65_536) })).toEqual([
      expect.stringContaining("larger than 64 KiB"),
    ]);
    expect(problemsWith({ type: "string" })).toEqual([expect.stringContaining("not that of an object")]);
    expect(problemsWith(undefined)).toEqual([expect.stringContaining("not that of an object")]);
    expect(problemsWith(object)).toEqual([]);
  });

  it("T33: takes over a pattern without compiling it", () => {
    const schema = { ...object, properties: { a: { type: "string", pattern: "(((" } } };
    expect(readTools([{ name: "a", inputSchema: schema }], undefined).tools[0]!.input_schema).toEqual(schema);
  });

  it("T32: takes __proto__ in a schema for a key like any other", () => {
    const schema: unknown = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string","polluted":1}}}');
    const { input_schema } = readTools([{ name: "a", inputSchema: schema }], undefined).tools[0]!;
    expect(Object.keys(input_schema.properties as object)).toEqual(["__proto__"]);
    expect((input_schema.properties as { polluted?: number }).polluted).toBeUndefined();
  });

  it("offers only what is allowed, and tells what of that is missing", () => {
    const listed = ["a", "b"].map((name) => ({ name, inputSchema: object }));
    const { tools, problems } = readTools(listed, ["b", "c"]);
    expect(tools.map(({ name }) => name)).toEqual(["b"]);
    expect(problems).toEqual(['it does not offer "c"']);
  });

  it("takes the first of two with one name, at most 128, and nothing that is no tool", () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ name: `t${index}`, inputSchema: object }));
    expect(readTools(many, undefined).tools).toHaveLength(128);
    const { tools, problems } = readTools(
      [
        { name: "a", description: "first", inputSchema: object },
        { name: "a", inputSchema: object },
        null,
        5,
        { name: "" },
      ],
      undefined,
    );
    expect(tools).toEqual([{ name: "a", description: "first", input_schema: object }]);
    expect(problems).toHaveLength(4);
  });
});
