import { describe, expect, it } from "vitest";
import { checkRules, holdsTests, rulesOf } from "../scripts/spec-rules.ts";
import { testTitles } from "../scripts/test-titles.ts";

describe("the rules of a specification", () => {
  it("are the bold IDs at the head of list entries, in order", () => {
    const spec =
      "# x\n- **AB-1** one, see AB-9\n- **AB-2** two\n\ntext **AB-3** text\n  - **CD-10** three\n- **AB-4**: no\n";
    expect(rulesOf(spec)).toEqual(["AB-1", "AB-2", "CD-10"]);
  });
});

describe("the titles of tests", () => {
  it.each([
    ['it("a", () => {});', ["a"]],
    ["test('a');describe(`b`)", ["a", "b"]],
    [`it(\`AB-1 \${x.map((y) => \`\${y}\`)} b\`, f); it('c')`, [`AB-1 \${x.map((y) => \`\${y}\`)} b`, "c"]],
    ['it.each([[")", { a: "(" }], [/[/"]\\//]])("a %s", f)', ["a %s"]],
    [`it.each\`a | b\n\${1} | \${2}\`('a')`, ["a"]],
    ['it.each<[() => Map<string, 1>, number]>([["x", 1]])("a", f)', ["a"]],
    ['describe.each(table)("a", () => { it("b") })', ["a", "b"]],
    ['it.skipIf(process.platform === "win32")("a", f)', ["a"]],
    ['test.describe("a", () => { test.only("b", f) })', ["a", "b"]],
    ['it(\n  "a",\n  { timeout: 5 },\n  f)', ["a"]],
  ])("are found in %s", (source, titles) => {
    expect(testTitles(source)).toEqual(titles);
  });

  it.each([
    '// it("a")',
    '/* it("a") */',
    "const text = 'it(\"a\")';",
    '`it("a")`',
    'it.skip("a", f)',
    'it.todo("a")',
    'test.fixme("a", f)',
    'it.skip.each([1])("a", f)',
    'suite.it("a")',
    'orbit("a")',
    "it(name, f)",
    'it(name, () => expect("a"))',
    'const quote = /"/; // it("a")',
  ])("are not found in %s", (source) => {
    expect(testTitles(source)).toEqual([]);
  });

  it("are found after divisions and regular expressions with quotes", () => {
    expect(testTitles('const a = b / c; it("a"); x.split(/["\'`]/); it("b"); (1) / 2; it("c")')).toEqual([
      "a",
      "b",
      "c",
    ]);
  });
});

describe("checkRules", () => {
  const spec = "- **AB-1** one\n- **AB-2** two\n";
  const check = (...sources: string[]): object =>
    checkRules(spec, new Map(sources.map((source, index) => [`${index}.test.ts`, source])));

  it("finds nothing where every rule is named, in any file", () => {
    expect(check('it("AB-1, F9: x")', 'describe("x AB-2")')).toEqual({ untested: [], unknown: [], repeated: [] });
  });

  it("finds rules that no test names", () => {
    expect(check('it("AB-1: x"); expect("AB-2")', '// it("AB-2")')).toMatchObject({ untested: ["AB-2"] });
    expect(check('it("AB-1 AB-22 AB-20")')).toMatchObject({ untested: ["AB-2"] });
  });

  it("finds tests that name what is no rule, but not encodings and standards", () => {
    const source = 'it("AB-1 AB-2 AB-3 CD-1 UTF-16 SHA-256 B44 2024-01-01")';
    expect(check(source)).toMatchObject({
      untested: [],
      unknown: [
        { id: "AB-3", file: "0.test.ts" },
        { id: "CD-1", file: "0.test.ts" },
      ],
    });
  });

  it("finds a rule that is defined twice", () => {
    expect(checkRules(`${spec}- **AB-1** again\n`, new Map())).toMatchObject({ repeated: ["AB-1"] });
  });

  it.each([
    ["packages/store/src/a.test.ts", true],
    ["packages/store/src/a.int.test.ts", true],
    ["apps/web/src/a.test.tsx", true],
    ["e2e/a.spec.ts", true],
    ["packages/store/src/contract.ts", true],
    ["packages/store/src/log-store-contract.ts", true],
    ["packages/store/src/a.ts", false],
    ["packages/store/src/test.ts", false],
    ["packages/store/src/subcontract.ts", false],
    ["SPEC.md", false],
  ])("reads %s: %j", (path, reads) => {
    expect(holdsTests(path)).toBe(reads);
  });
});
