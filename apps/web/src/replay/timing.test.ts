import { describe, expect, it } from "vitest";
import { timing } from "./timing.ts";

describe("timing", () => {
  const { at, count, length, logTime, cuts } = timing([1_000, 3_000, 63_000, 64_000]);

  it("plays a silence of more than ten seconds in ten", () => {
    expect([0, 1, 2, 3].map(at)).toEqual([0, 2_000, 12_000, 13_000]);
    expect(length).toBe(13_000);
    expect(cuts).toEqual([{ at: 7_000, left_out: 50_000 }]);
  });

  it("counts what has been shown", () => {
    expect([-1, 0, 1_999, 2_000, 11_999, 12_000, 99_000].map(count)).toEqual([0, 1, 1, 2, 2, 3, 4]);
  });

  it("knows the log's own time: it jumps in the middle of a silence that is cut", () => {
    expect([0, 500, 2_000, 6_999, 7_001, 12_000, 13_000].map(logTime)).toEqual([
      1_000, 1_500, 3_000, 7_999, 58_001, 63_000, 64_000,
    ]);
  });

  it("takes events of one moment and an empty log", () => {
    const together = timing([5, 5, 5]);
    expect([together.length, together.count(0), together.logTime(0)]).toEqual([0, 3, 5]);
    expect(timing([]).count(10)).toBe(0);
  });
});
