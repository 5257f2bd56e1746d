import { describe, expect, it } from "vitest";
import { ModelError, type ModelErrorCode } from "./model-port.ts";
import { ATTEMPTS, type Attempts, afterDeath, afterFailure, attemptsAfter, failedAt } from "./retry.ts";

const failed = (code: ModelErrorCode, retry_after_ms: number | null = null, retryable = true): ModelError =>
  new ModelError(code, "it failed", { retryable, retry_after_ms });

/** The waits before each further attempt, until it gives up. */
function waits(error: unknown, { shown = false, random = 0, from = attemptsAfter() } = {}): number[] {
  const found: number[] = [];
  let attempts: Attempts = from;
  for (;;) {
    const after = afterFailure(attempts, { error, shown }, () => random);
    if (after.kind === "give_up") return found;
    found.push(after.retry.delay_ms);
    attempts = after.attempts;
  }
}

describe("a failed model call (R11)", () => {
  it("is made again twice while nothing of the step is shown", () => {
    expect(waits(failed("upstream_error"))).toEqual([500, 1000]);
  });

  it("is made again once where some of it is shown", () => {
    expect(waits(failed("truncated"), { shown: true })).toEqual([500]);
  });

  it("is made again once after the first that has shown something, also where that was not the first", () => {
    const second = afterFailure(attemptsAfter(), { error: failed("upstream_error"), shown: false }, () => 0);
    if (second.kind !== "retry") throw new Error("gave up");
    expect(waits(failed("truncated"), { shown: true, from: second.attempts })).toEqual([1000]);
  });

  it("with an empty answer is made again once (F78)", () => {
    expect(waits(failed("empty_response"))).toEqual([500]);
    const after = afterFailure(attemptsAfter(), { error: failed("empty_response"), shown: false }, () => 0);
    if (after.kind !== "retry") throw new Error("gave up");
    expect(waits(failed("upstream_error"), { from: after.attempts })).toEqual([1000]);
  });

  it("that cannot succeed, or is no failure of a model, is not made again (F57)", () => {
    expect(waits(failed("unauthorized", null, false))).toEqual([]);
    expect(waits(failed("rate_limited", 10, false))).toEqual([]);
    expect(waits(new TypeError("a bug"))).toEqual([]);
    expect(waits("text")).toEqual([]);
  });

  it("waits less by up to a quarter, so that many clients do not come back at once", () => {
    expect(waits(failed("upstream_error"), { random: 0.999_999 })).toEqual([375, 750]);
  });

  it("waits as long as the endpoint asks, up to a minute (F55)", () => {
    expect(waits(failed("rate_limited", 2_000))).toEqual([2_000, 2_000]);
    expect(waits(failed("upstream_error", 60_000))).toEqual([60_000, 60_000]);
    expect(waits(failed("rate_limited", 0))).toEqual([1, 1]);
  });

  it("that is asked to wait longer ends as rate_limited, whatever it was (F55)", () => {
    const after = afterFailure(attemptsAfter(), { error: failed("upstream_error", 60_001), shown: false }, () => 0);
    expect(after).toMatchObject({
      kind: "give_up",
      error: { code: "rate_limited", retryable: true, message: expect.stringMatching(/^it failed .* 61 s\.$/) },
    });
  });

  it("RUN-9: is told with its number, the most there may be, and the words of the failure", () => {
    const first = afterFailure(attemptsAfter(), { error: failed("upstream_error"), shown: false }, () => 0);
    expect(first).toMatchObject({
      retry: { type: "retry", retry_attempt: 1, retry_max_attempts: 3, content: "it failed", delay_ms: 500 },
    });
  });
});

describe("the counts of both kinds of failure", () => {
  it("are read back from the last retry, whichever kind it is", () => {
    for (let server = 0; server <= 3; server += 1) {
      for (let endpoint = 0; endpoint < ATTEMPTS; endpoint += 1) {
        const counts = { endpoint, server };
        const item = { kind: "retry", seq: 1, ts: 1 } as const;
        if (server > 0) expect(failedAt({ ...item, ...afterDeath(counts) })).toEqual(counts);
        if (endpoint === 0) continue;
        const before = attemptsAfter({ endpoint: endpoint - 1, server });
        const after = afterFailure(before, { error: failed("truncated", 0), shown: false }, () => 0);
        if (after.kind !== "retry") throw new Error("gave up");
        expect(failedAt({ ...item, ...after.retry })).toEqual(counts);
      }
    }
  });

  it("make sense whatever a log says", () => {
    const item = { kind: "retry", seq: 1, ts: 1, content: "" } as const;
    const numbers = { retry_attempt: 2, retry_max_attempts: 99, delay_ms: 0 };
    expect(failedAt({ ...item, ...numbers })).toEqual({ endpoint: 2, server: 0 });
    expect(failedAt({ ...item, ...numbers, retry_max_attempts: 1 })).toEqual({ endpoint: 0, server: 2 });
  });
});
