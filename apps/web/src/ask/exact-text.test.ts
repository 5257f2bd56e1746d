import { describe, expect, it } from "vitest";
import { argumentText, exactText, hiddenCount, shortDigest } from "./exact-text.ts";

const shown = (text: string) =>
  exactText(text)
    .map((piece) => ("code" in piece ? `<${piece.code}>` : piece.text))
    .join("");

describe("exactText", () => {
  it("leaves an ordinary text as it is, line breaks and Chinese too", () => {
    for (const text of ["", "ls -l\n  done", "把录音转成 MP3，现在", "a 😀 b"]) expect(shown(text)).toBe(text);
  });

  it("shows what would not show, or would turn the order around (T17)", () => {
    expect(shown("rm\u202e -rf")).toBe("rm<U+202E> -rf");
    expect(shown("a\u200bb\u00adc\ufeff")).toBe("a<U+200B>b<U+00AD>c<U+FEFF>");
    expect(shown("\u001b[2Kls\r\u0000\t")).toBe("<U+001B>[2Kls<U+000D><U+0000><U+0009>");
    expect(shown("a\u2028b\u2029")).toBe("a<U+2028>b<U+2029>");
    expect(shown("x\u{e0041}y")).toBe("x<U+E0041>y");
    expect(shown("\ud800")).toBe("<U+D800>");
  });

  it("shows blanks that are no spaces, and letters that draw nothing", () => {
    expect(shown("a\u00a0b\u3000c d")).toBe("a<U+00A0>b<U+3000>c d");
    expect(shown("a\u3164b\u2800\ufe0f")).toBe("a<U+3164>b<U+2800><U+FE0F>");
    expect(hiddenCount("a\u3164b\u2800\ufe0f")).toBe(3);
  });

  it("loses no character", () => {
    const text = Array.from({ length: 0x3100 }, (_, code) => String.fromCharCode(code)).join("");
    const back = exactText(text)
      .map((piece) => ("code" in piece ? String.fromCodePoint(Number.parseInt(piece.code.slice(2), 16)) : piece.text))
      .join("");
    expect(back).toBe(text);
  });
});

it("shows texts as they are and everything else as JSON", () => {
  expect(argumentText("a\nb")).toBe("a\nb");
  expect(argumentText({ a: [1] })).toBe('{\n "a": [\n  1\n ]\n}');
  expect(argumentText(undefined)).toBe("");
});

it("shortens a digest", () => {
  expect(shortDigest("7f3a000000000000c21e")).toBe("7f3a…c21e");
  expect(shortDigest("ab12")).toBe("ab12");
});
