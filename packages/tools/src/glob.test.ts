import { describe, expect, it } from "vitest";
import { globTest } from "./glob.ts";

describe("a glob", () => {
  it.each([
    ["*.ts", "a.ts", true],
    ["*.ts", "src/deep/a.ts", true],
    ["*.ts", "a.tsx", false],
    ["?.ts", "a.ts", true],
    ["?.ts", "ab.ts", false],
    ["?", "😀", true],
    ["src/*.ts", "src/a.ts", true],
    ["src/*.ts", "src/deep/a.ts", false],
    ["src/**/*.ts", "src/a.ts", true],
    ["src/**/*.ts", "src/x/y/a.ts", true],
    ["./src/**", "src/x/y", true],
    ["**/test/**/*.ts", "a/test/b/c.ts", true],
    ["**/test/**/*.ts", "a/tests/b/c.ts", false],
    ["**", "any/thing", true],
    ["a*b*c", "aXbYbZc", true],
    ["a*b*c", "aXbYbZ", false],
    ["[a].(b)+$", "[a].(b)+$", true],
    ["[ab].ts", "a.ts", false],
    ["{a,b}.ts", "a.ts", false],
    ["", "a/b", true],
  ])("%s against %s: %s", (pattern, path, expected) => {
    expect(globTest(pattern)(path)).toBe(expected);
  });

  it("of the worst kind takes no time (T33)", () => {
    const began = performance.now();
    expect(globTest(`${"*a".repeat(100)}b`)("a".repeat(4000))).toBe(false);
    expect(globTest(`${"**/a/".repeat(50)}b`)("a/".repeat(2000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
