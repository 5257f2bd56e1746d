import { describe, expect, it } from "vitest";
import { PlainText } from "./plain-text.ts";

const plain = (...pieces: string[]): string => {
  const text = new PlainText();
  return pieces.map((piece) => text.write(piece)).join("");
};

describe("PlainText", () => {
  it.each([
    ["colours", "\u001b[1;31mred\u001b[0m text", "red text"],
    ["cursor and screen", "a\u001b[2J\u001b[?25l\u001b[10;20Hb", "ab"],
    ["a window's title", "\u001b]0;title\u0007text", "text"],
    ["a link", "\u001b]8;;https://x\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["device control", "\u001bP1$r0m\u001b\\x\u001b_app\u001b\\y\u001b^pm\u001b\\z", "xyz"],
    ["short sequences", "\u001b7a\u001b8\u001bcb\u001b(Bc\u001b=", "abc"],
    ["eight-bit sequences", "\u009b31mred\u009d0;t\u009cx\u0090q\u009cy", "redxy"],
    ["other control characters", "a\u0000b\u0007c\u0008d\u007fe\u0085f\u000bg", "abcdefg"],
    ["line ends", "a\r\nb\nc\td", "a\nb\nc\td"],
    ["returns, as lines", "10%\r20%\r\r\n", "10%\n20%\n\n"],
    ["text", "é 😀 ‮\u00a0ok", "é 😀 ‮\u00a0ok"],
  ])("takes out %s", (_, text, expected) => {
    expect(plain(text)).toBe(expected);
    expect(plain(...text)).toBe(expected);
  });

  it("loses nothing behind a sequence that does not end", () => {
    expect(plain("\u001b]0;title\nnext")).toBe("\nnext");
    expect(plain(`\u001b[${"1;".repeat(2_000)}x end`)).toContain("x end");
    expect(plain(`\u001b]${"x".repeat(2_000)} end`)).toContain(" end");
    expect(plain("\u001b", "[3", "1", "mred", "\u001b[", "0m")).toBe("red");
    expect(plain("\u001b[31\u001b[32mx")).toBe("x");
  });
});
