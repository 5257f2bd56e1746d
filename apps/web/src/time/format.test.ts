import { describe, expect, it } from "vitest";
import { bytes, clock, duration, seconds, timeOfDay, tokens } from "./format.ts";

describe("format", () => {
  it("writes seconds with as many digits as they deserve", () => {
    expect([0.04, 0.312, 4.44, 48.2, -1].map(seconds)).toEqual(["0.04", "0.31", "4.4", "48", "0.00"]);
  });
  it("writes a minute and more as a clock", () => {
    expect([0.31, 59, 67, 3_723].map(duration)).toEqual(["0.31 s", "59 s", "1:07", "1:02:03"]);
    expect([4, 33.9, 600].map(clock)).toEqual(["0:04", "0:33", "10:00"]);
  });
  it("shortens counts of tokens", () => {
    expect([0, 964, 2_164, 15_203, 101_400, 120_000, 999_999, 1_234_567].map(tokens)).toEqual([
      "0",
      "964",
      "2.2k",
      "15.2k",
      "101k",
      "120k",
      "1M",
      "1.2M",
    ]);
  });
  it("shortens sizes", () => {
    expect([512, 14_100, 2_100_000].map(bytes)).toEqual(["512 B", "14.1 kB", "2.1 MB"]);
  });
  it("writes the time of day with two digits", () => {
    expect(timeOfDay(new Date(2026, 10, 20, 9, 5, 7).getTime())).toBe("09:05");
    expect(timeOfDay(new Date(2026, 10, 20, 9, 5, 7).getTime(), true)).toBe("09:05:07");
  });
});
