import { describe, expect, it } from "vitest";
import { rangeOf } from "./row.ts";

describe("rangeOf", () => {
  const row = (from: number, seq: number) => ({ from, seq, body: "{}" });

  it("gives what contiguous rows cover together", () => {
    expect(rangeOf([])).toBeNull();
    expect(rangeOf([row(3, 3)])).toEqual({ from: 3, to: 3 });
    expect(rangeOf([row(3, 6), row(7, 7), row(8, 9)])).toEqual({ from: 3, to: 9 });
  });

  it.each([
    ["a hole", [row(1, 2), row(4, 4)]],
    ["an overlap", [row(1, 2), row(2, 3)]],
    ["a wrong order", [row(2, 2), row(1, 1)]],
    ["a row that ends before it begins", [row(2, 1)]],
  ])("refuses %s", (_name, rows) => {
    expect(() => rangeOf(rows)).toThrow(RangeError);
  });
});
