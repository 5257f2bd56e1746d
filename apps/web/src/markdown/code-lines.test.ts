import { describe, expect, it } from "vitest";
import { after, cutLines, NO_LINES, PART } from "./code-lines.ts";

describe("cutLines", () => {
  it("makes the same lines of every growing text as of the whole one, and keeps full parts", () => {
    const code = Array.from({ length: PART * 3 + 5 }, (_, index) => "x".repeat(index % 7)).join("\n");
    let lines = NO_LINES;
    const full: unknown[] = [];
    for (let end = 1; end <= code.length; end++) {
      lines = cutLines(lines, code.slice(0, end));
      full.forEach((part, index) => {
        expect(lines.parts[index]).toBe(part);
      });
      full.push(...lines.parts.filter((part) => part.length === PART).slice(full.length));
    }
    expect([...lines.parts.flat(), lines.last].join("\n")).toBe(code);
    expect(full).toHaveLength(3);
    expect(after(lines.parts, PART - 1, 3)).toEqual(code.split("\n").slice(PART - 1, PART + 2));
  });

  it("starts again where the text is another one", () => {
    const lines = cutLines(cutLines(NO_LINES, "a\nb"), "other\n");
    expect(lines).toMatchObject({ parts: [["other"]], last: "" });
    expect(lines.generation).not.toBe(cutLines(NO_LINES, "a").generation);
  });
});
