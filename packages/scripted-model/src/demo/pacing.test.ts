import { describe, expect, it } from "vitest";
import { ESSAY_EN } from "./essay-en.ts";
import { ESSAY_ZH } from "./essay-zh.ts";
import { atPace, tokens } from "./pacing.ts";

describe("tokens", () => {
  it.each([ESSAY_EN, ESSAY_ZH, "a😀😀😀😀😀b 👨‍👩‍👧 é 漢\u{20000}\u{20001}字", "\n\n \t x", ""])(
    "add up to the text and never split a surrogate pair",
    (value) => {
      const parts = tokens(value);
      expect(parts.join("")).toBe(value);
      expect(parts.every((part) => part.isWellFormed())).toBe(true);
      expect(parts.every((part) => [...part.trim()].length <= 13)).toBe(true);
    },
  );
});

describe("atPace", () => {
  const make = (piece: string) => ({ text: piece });

  it("waits differently before each piece, the same each time, the pace on average", () => {
    const actions = atPace(ESSAY_EN, 20, make);
    expect(atPace(ESSAY_EN, 20, make)).toEqual(actions);
    const waits = actions.flatMap((action) => ("delay_ms" in action ? [action.delay_ms] : []));
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(mean).toBeGreaterThan(18);
    expect(mean).toBeLessThan(23);
    expect(new Set(waits.map(Math.round)).size).toBeGreaterThan(8);
  });

  it("does not wait at pace 0", () => {
    expect(atPace("a b", 0, make)).toEqual([{ text: "a" }, { text: " b" }]);
  });
});
