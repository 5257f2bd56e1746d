import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argsDigest } from "./args-digest.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("the digest of a call's arguments (ASK-3)", () => {
  it("is the SHA-256 of its canonical JSON", () => {
    const text = '{"args":{"a":[{"x":null,"y":"é"},2],"b":true},"tool_name":"t"}';
    expect(argsDigest("t", { b: true, a: [{ y: "é", x: null }, 2] })).toBe(sha256(text));
  });

  it("does not depend on the order of keys, at any depth", () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== "object" || value === null) return value;
      const entries = Object.entries(value).map(([key, held]) => [key, shuffled(held)] as const);
      return Object.fromEntries(entries.toReversed());
    };
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (args) => {
        const read = JSON.parse(JSON.stringify(args)) as Record<string, unknown>;
        expect(argsDigest("t", shuffled(read) as Record<string, unknown>)).toBe(argsDigest("t", read));
      }),
    );
  });

  it.each<[string, unknown, unknown]>([
    ["a value", { a: 1 }, { a: 2 }],
    ["a type", { a: 1 }, { a: "1" }],
    ["the order of a list", { a: [1, 2] }, { a: [2, 1] }],
    ["a key named __proto__", JSON.parse('{"__proto__":{"a":1}}'), {}],
    ["what is nested", { a: { b: {} } }, { a: { b: [] } }],
  ])("changes with %s", (_, one, other) => {
    expect(argsDigest("t", one as never)).not.toBe(argsDigest("t", other as never));
  });

  it("changes with the tool's name", () => {
    expect(argsDigest("t", {})).not.toBe(argsDigest("u", {}));
  });
});
