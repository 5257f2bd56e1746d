import { describe, expect, it } from "vitest";
import { CommitTimes } from "./commit-times.ts";

function given(...taken: [at: number, ms: number][]): CommitTimes {
  const times = new CommitTimes(10_000);
  for (const [at, ms] of taken) times.add(at, ms);
  return times;
}

const quick = (count: number): [number, number][] => Array.from({ length: count }, () => [1_000, 1]);

describe("CommitTimes", () => {
  it("R5: is slow when the 99th percentile is", () => {
    expect(given().slowerThan(1_000, 2_000)).toBe(false);
    expect(given([1_000, 2_000]).slowerThan(1_000, 2_000)).toBe(false);
    expect(given([1_000, 2_001]).slowerThan(1_000, 2_000)).toBe(true);
    expect(given(...quick(98), [1_000, 5_000]).slowerThan(1_000, 2_000)).toBe(true);
    expect(given(...quick(99), [1_000, 5_000]).slowerThan(1_000, 2_000)).toBe(false);
  });

  it("forgets what is long ago", () => {
    const times = given([1_000, 5_000]);
    expect(times.slowerThan(10_999, 2_000)).toBe(true);
    expect(times.slowerThan(11_000, 2_000)).toBe(false);
  });

  it("holds a bounded number of them, the newest", () => {
    const times = given(...quick(5_000), ...quick(20).map(([at]): [number, number] => [at, 5_000]));
    expect(times.slowerThan(1_000, 2_000)).toBe(true);
  });
});
