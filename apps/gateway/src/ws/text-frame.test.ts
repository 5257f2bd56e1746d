import { describe, expect, it } from "vitest";
import { textFrame } from "./text-frame.ts";

/** Reads a frame as RFC 6455, section 5.2, says: its first byte, its length and what it holds. */
function read(frame: Buffer): { first: number; masked: boolean; length: number; text: string } {
  const short = frame.readUInt8(1) & 0x7f;
  const length = short === 126 ? frame.readUInt16BE(2) : short === 127 ? Number(frame.readBigUInt64BE(2)) : short;
  const begin = short === 126 ? 4 : short === 127 ? 10 : 2;
  return {
    first: frame.readUInt8(0),
    masked: (frame.readUInt8(1) & 0x80) !== 0,
    length,
    text: frame.toString("utf8", begin),
  };
}

describe("textFrame", () => {
  it.each([
    [0, 2],
    [1, 2],
    [125, 2],
    [126, 4],
    [255, 4],
    [256, 4],
    [65_535, 4],
    [65_536, 10],
    [200_000, 10],
    [20_000_000, 10],
  ])("of %d characters has the shortest header there is for it, of %d bytes", (length, header) => {
    const text = "a".repeat(length);
    const frame = Buffer.from(textFrame(text) ?? "", "latin1");
    expect(frame.length).toBe(header + length);
    expect(read(frame)).toEqual({ first: 0x81, masked: false, length, text });
  });

  it.each(["é", "日本", "\u{1f600}", "\ud800", "\x80"])("leaves %j to the library", (text) => {
    expect(textFrame(`{"content":"${text}"}`)).toBeNull();
  });

  it("is the same for the next viewer, and another one for another text", () => {
    expect(textFrame("a")).toBe(textFrame("a"));
    expect(textFrame("b")).toBe("\x81\x01b");
  });
});
