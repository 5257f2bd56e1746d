import { describe, expect, it } from "vitest";
import { GrowingText } from "./growing-text.ts";

describe("GrowingText", () => {
  it.each([0, 1, 127, 128, 129, 1_000])("is what came in %d pieces", (count) => {
    const text = new GrowingText();
    const pieces = Array.from({ length: count }, (_, index) => `${index} `);
    for (const piece of pieces) text.add(piece);
    expect(text.whole).toBe(pieces.join(""));
    text.add("end");
    expect(text.whole).toBe(`${pieces.join("")}end`);
  });
});
