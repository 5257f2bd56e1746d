import { describe, expect, it } from "vitest";
import { passed, RUN_LIMITS, raisedLimits } from "./breaker-limits.ts";
import type { RunState } from "./breaker-state.ts";

const limits = { ...RUN_LIMITS, token_limit: 1_000, cost_limit: 2, time_limit: 60 };
const state: RunState = {
  tokens: 999,
  cost: 1.99,
  seconds: 59,
  calls: 199,
  repeated: { times: 2, tool_name: "echo" },
  failed: 4,
};

describe("a limit is passed (BREAK-1, T30)", () => {
  it.each<[string, Partial<RunState>, object]>([
    ["of tokens", { tokens: 1_000 }, { reason: "token_limit", limit: 1_000, value: 1_000 }],
    ["of cost", { cost: 2.5 }, { reason: "cost_limit", limit: 2, value: 2.5 }],
    ["of time", { seconds: 61 }, { reason: "time_limit", limit: 60, value: 61 }],
    ["of repeated calls", { repeated: { times: 3, tool_name: "echo" } }, { reason: "loop", limit: 3, value: 3 }],
    ["of calls", { calls: 200 }, { reason: "loop", limit: 200, value: 200 }],
    ["of failed calls", { failed: 5 }, { reason: "tool_failures", limit: 5, value: 5 }],
  ])("%s, and says so in plain words", (_, change, expected) => {
    const hit = passed(limits, { ...state, ...change });
    expect(hit).toMatchObject(expected);
    expect(hit?.content).toMatch(/^(This run has|The same call of "echo"|The last 5 tool calls).*\.$/);
  });

  it("only when it is reached, and never a cost that nobody knows", () => {
    expect(passed(limits, state)).toBeNull();
    expect(passed({ ...limits, cost_limit: 0.000001 }, { ...state, cost: null })).toBeNull();
  });
});

describe("a limit that people raised", () => {
  it("BREAK-2: stands as much again above where the run was", () => {
    const raised = raisedLimits(limits, [{ reason: "token_limit", limit: 1_000, value: 1_200 }]);
    expect(raised).toEqual({ ...limits, token_limit: 2_200 });
    const twice = raisedLimits(limits, [
      { reason: "token_limit", limit: 1_000, value: 1_200 },
      { reason: "token_limit", limit: 2_200, value: 2_300 },
    ]);
    expect(twice.token_limit).toBe(3_300);
  });

  it("is the one of two that share a reason which was passed", () => {
    const loop = (limit: number, value = limit) => ({ reason: "loop", limit, value });
    expect(raisedLimits(limits, [loop(200)])).toEqual({ ...limits, calls: 400 });
    expect(raisedLimits(limits, [loop(3), loop(200), loop(6), loop(400)])).toEqual({
      ...limits,
      calls: 600,
      repeated_calls: 9,
    });
  });

  it("is none for a reason that nobody knows", () => {
    expect(raisedLimits(limits, [{ reason: "weather", limit: 1, value: 2 }])).toEqual(limits);
  });
});
