import { describe, expect, it } from "vitest";
import { topOf, windowed } from "./windowed.ts";

describe("windowed", () => {
  it("draws what is in sight and a little more, and leaves room for the rest", () => {
    const rows = { count: 100_000, height: 24, opened: null };
    expect(windowed(rows, 0, 480)).toEqual({ start: 0, end: 33, before: 0, after: (100_000 - 33) * 24 });
    const middle = windowed(rows, 24_000, 480);
    expect([middle.start, middle.end]).toEqual([988, 1_033]);
    expect(middle.before + (middle.end - middle.start) * 24 + middle.after).toBe(2_400_000);
    expect(windowed(rows, 2_400_000 - 480, 480).end).toBe(100_000);
  });

  it("counts the opened row's piece, wherever it lies", () => {
    const rows = { count: 1_000, height: 20, opened: { index: 50, height: 300 } };
    expect([50, 51].map((index) => topOf(rows, index))).toEqual([1_000, 1_320]);
    for (const top of [0, 900, 1_000, 1_100, 1_300, 1_320, 5_000]) {
      const { start, end, before, after } = windowed(rows, top, 100);
      const drawn = (end - start) * 20 + (start <= 50 && end > 50 ? 300 : 0);
      expect(before + drawn + after).toBe(20_300);
      expect(before).toBeLessThanOrEqual(top);
      expect(before + drawn).toBeGreaterThanOrEqual(top + 100);
    }
  });

  it("takes an empty list and a position behind its end", () => {
    expect(windowed({ count: 0, height: 24, opened: null }, 500, 100)).toEqual({
      start: 0,
      end: 0,
      before: 0,
      after: 0,
    });
    expect(windowed({ count: 5, height: 24, opened: null }, 9_000, 100).end).toBe(5);
  });
});
