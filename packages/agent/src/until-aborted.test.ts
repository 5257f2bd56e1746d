import { describe, expect, it, vi } from "vitest";
import { sleep, untilAborted } from "./until-aborted.ts";

describe("waiting with a stop", () => {
  it("gives the value, or the failure", async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(untilAborted(Promise.reject(new Error("x")), signal)).rejects.toThrow("x");
  });

  it("gives null at the stop, also one that was before, and drops what comes later", async () => {
    const stop = new AbortController();
    const late = Promise.withResolvers<number>();
    const waiting = untilAborted(late.promise, stop.signal);
    stop.abort();
    expect(await waiting).toBeNull();
    expect(await untilAborted(late.promise, stop.signal)).toBeNull();
    late.reject(new Error("late"));
    await new Promise(setImmediate);
  });

  it("sleeps as long as asked, and not past the stop", async () => {
    vi.useFakeTimers();
    try {
      const stop = new AbortController();
      let awake = 0;
      const count = (): void => {
        awake += 1;
      };
      void sleep(500, stop.signal).then(count);
      void sleep(60_000, stop.signal).then(count);
      await vi.advanceTimersByTimeAsync(499);
      expect(awake).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      expect(awake).toBe(1);
      stop.abort();
      await vi.advanceTimersByTimeAsync(0);
      expect(awake).toBe(2);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
