import { describe, expect, it } from "vitest";
import { titleFrom } from "./title.ts";

describe("titleFrom", () => {
  it("keeps what is short, on one line", () => {
    expect(titleFrom("  What\n\n  is\tthis? ")).toBe("What is this?");
  });

  it("cuts what is long to 60 characters with an ellipsis, never inside a surrogate pair", () => {
    expect(titleFrom("x".repeat(60))).toBe("x".repeat(60));
    expect(titleFrom("x".repeat(61))).toBe(`${"x".repeat(59)}…`);
    expect(titleFrom("😀".repeat(61))).toBe(`${"😀".repeat(59)}…`);
    expect(titleFrom(`${"x".repeat(58)} and more`)).toBe(`${"x".repeat(58)}…`);
  });
});
