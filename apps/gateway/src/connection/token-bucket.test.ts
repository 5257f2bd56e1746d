import { describe, expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

describe("TokenBucket", () => {
  it("B55: lets a burst through, then says how long to wait", () => {
    const bucket = new TokenBucket(120, 3, 1_000);
    expect([1, 2, 3].map(() => bucket.take(1_000))).toEqual([0, 0, 0]);
    expect(bucket.take(1_000)).toBe(500);
    expect(bucket.take(1_250)).toBe(250);
    expect(bucket.take(1_500)).toBe(0);
    expect(bucket.take(1_500)).toBe(500);
  });

  it("never holds more than the burst, however long it rested", () => {
    const bucket = new TokenBucket(60, 2, 0);
    const taken = [1, 2, 3].map(() => bucket.take(3_600_000));
    expect(taken).toEqual([0, 0, 1_000]);
  });

  it("whoever waits as long as was said gets through", () => {
    const bucket = new TokenBucket(7, 1, 0);
    let now = 0;
    for (let round = 0; round < 100; round++) {
      now += bucket.take(now);
      const wait = bucket.take(now);
      expect(wait === 0 || wait > 1).toBe(true);
      now += wait;
    }
    expect(now).toBeGreaterThan((100 * 60_000) / 7 / 2);
  });
});
