import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ImportError } from "./import-error.ts";
import { JsonLines } from "./json-lines.ts";

const line = (text: string): Uint8Array => Buffer.from(text);

const parseLine = (bytes: Uint8Array): unknown => new JsonLines().parse(bytes);

describe("JsonLines", () => {
  it("are as JSON.parse says, where they fit", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, space) => {
        const text = JSON.stringify(value, null, space).replaceAll("\n", " ");
        expect(parseLine(line(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("takes a blank line for nothing", () => {
    expect(["", " ", "\r", "\t "].map((text) => parseLine(line(text)))).toEqual(Array(4).fill(undefined));
  });

  it("F53: takes 256 levels and 20,000 values, and reads brackets in text as text", () => {
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    expect(parseLine(line(nested(256)))).toEqual(JSON.parse(nested(256)));
    const wide = `[${"0,".repeat(19_998)}0]`;
    expect(parseLine(line(wide))).toHaveLength(19_999);
    const text = `${"[{,".repeat(10_000)}\\"[\\\\`;
    expect(parseLine(line(JSON.stringify({ text })))).toEqual({ text });
  });

  it.each([
    ["Nested deeper than 256.", "[".repeat(257) + "]".repeat(257)],
    ["Nested deeper than 256.", "[".repeat(1_000_000)],
    ["It holds more than 20000 values.", `[${"0,".repeat(20_000)}0]`],
    ["It holds more than 20000 values.", `[${"[]".repeat(20_000)}]`],
    ["This is not JSON.", '{"a'],
    ["This is not JSON.", '"\\'],
    ["This is not JSON.", "]"],
  ])("refuses: %s", (message, text) => {
    expect(() => parseLine(line(text))).toThrow(ImportError);
    expect(() => parseLine(line(text))).toThrow(message);
  });

  it("F53: hold at most a million and a half values together", () => {
    const lines = new JsonLines();
    const wide = line(`[${"0,".repeat(19_999)}0]`);
    for (let index = 0; index < 75; index += 1) lines.parse(wide);
    expect(() => lines.parse(line("[]"))).toThrow("All lines hold more than 1500000 values.");
  });

  it("refuses what is not UTF-8", () => {
    expect(() => parseLine(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("This is not UTF-8.");
  });
});
