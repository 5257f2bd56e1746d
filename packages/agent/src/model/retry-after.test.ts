import { describe, expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);

const asked = (headers: Record<string, string>): number | null => retryAfterMs(new Headers(headers), NOW);

describe("what an endpoint asks to wait (F55)", () => {
  it.each([
    ["2", 2_000],
    ["0", 0],
    ["0.25", 250],
    ["3600", 3_600_000],
    ["Thu, 15 Jan 2026 12:00:30 GMT", 30_000],
    ["Thursday, 15-Jan-26 12:00:30 GMT", 30_000],
    ["Thu Jan 15 12:00:30 2026", 30_000],
    ["Thu, 15 Jan 2026 11:59:59 GMT", null],
    ["-5", null],
    ["abc", null],
    ["2 apples", null],
    ["Infinity", null],
    ["Thu, 99 Foo", null],
    ["", null],
  ])("retry-after: %s is %s ms", (value, expected) => {
    expect(asked({ "retry-after": value })).toBe(expected);
  });

  it("milliseconds come first, where they make sense", () => {
    expect(asked({ "retry-after-ms": "150.2", "retry-after": "2" })).toBe(151);
    expect(asked({ "retry-after-ms": "-1", "retry-after": "2" })).toBe(2_000);
    expect(asked({})).toBeNull();
    expect(retryAfterMs(undefined, NOW)).toBeNull();
  });
});
