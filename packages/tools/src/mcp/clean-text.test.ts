import { describe, expect, it } from "vitest";
import { cleanLine, cleanText } from "./clean-text.ts";

describe("cleanText", () => {
  it("T26: leaves out controls, direction marks, tags and joiners", () => {
    const tags = [..."ignore"].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("");
    expect(
      cleanText(`a\u0000b\u001b[31mc\u202ed\u2066e\u200bf\u2060g\ufeffh\u00adi${tags}\u{e0100}j\u3164k`, 100),
    ).toBe("ab[31mcdefghijk");
  });

  it("keeps lines, tabs, other scripts and emoji", () => {
    expect(cleanText("one\n\ttwo — שלום 日本 👍", 100)).toBe("one\n\ttwo — שלום 日本 👍");
  });

  it("cuts, but splits no pair", () => {
    expect(cleanText("ab👍", 3)).toBe("ab");
    expect(cleanText("x".repeat(1_000_000), 10)).toBe("xxxxxxxxxx");
  });
});

describe("cleanLine", () => {
  it("makes one line of many", () => {
    expect(cleanLine("a\r\n  b\u2028c", 100)).toBe("a b c");
  });
});
