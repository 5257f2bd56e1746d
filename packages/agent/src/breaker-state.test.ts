import { type EmittedEvent, NO_USAGE } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { type Beside, idleSince, type RunState, runState, summariesIn } from "./breaker-state.ts";
import { RUN_ID, TestLog } from "./testing/test-log.ts";

let ids = 0;
function called(args: Record<string, unknown>, content: string, success = true, parent?: string): EmittedEvent[] {
  ids += 1;
  const tool_call_id = `c${ids}`;
  const outcome = success ? "completed" : "failed";
  const nested = parent === undefined ? {} : { parent_tool_call_id: parent };
  const result = { outcome, success, content, error: success ? null : content, execution_time: 0 } as const;
  return [
    { type: "tool_call", tool_call_id, tool_name: "echo", args, ...nested },
    { type: "tool_start", tool_call_id },
    { type: "tool_result", tool_call_id, tool_name: "echo", ...result },
  ];
}

function stateOf(events: readonly EmittedEvent[], change: Partial<Beside> = {}): RunState {
  const log = TestLog.begun();
  for (const event of events) log.add(event, RUN_ID);
  return runState(log.view.turns[0]!, { now: 0, usage: NO_USAGE, summaries: 0, away: 0, cost: null, ...change });
}

const usage = { input_tokens: 100, output_tokens: 50, total_tokens: 150 };

describe("how far a run has come", () => {
  it("in tokens: all but those of summaries; in cost: all of them", () => {
    expect(stateOf([], { usage, summaries: 40, cost: 2 })).toMatchObject({ tokens: 110, cost: 2 });
    expect(stateOf([], { usage }).cost).toBeNull();
  });

  it("in calls: those of sub-agents too", () => {
    expect(stateOf([...called({}, "a"), ...called({}, "b", true, "c1")]).calls).toBe(2);
  });

  it("in failures in a row: one success ends the row", () => {
    const failed = () => called({ n: ids }, "no", false);
    expect(stateOf([...failed(), ...called({}, "ok"), ...failed(), ...failed()]).failed).toBe(2);
    expect(stateOf([]).failed).toBe(0);
  });

  it("in repeated calls: same tool, same arguments in any order of keys, same result", () => {
    const same = () => [...called({ a: 1, b: 2 }, "x"), ...called({ b: 2, a: 1 }, "x")];
    expect(stateOf([...same(), ...same()]).repeated).toEqual({ times: 4, tool_name: "echo" });
    expect(stateOf([...same(), ...called({ a: 1, b: 2 }, "y")]).repeated.times).toBe(1);
    expect(stateOf([...same(), ...called({ a: 1 }, "x")]).repeated.times).toBe(1);
    expect(stateOf([...called({ a: 1 }, "x"), ...called({}, "y"), ...called({ a: 1 }, "x")]).repeated.times).toBe(1);
  });

  it("in a sub-agent's calls in a row, as long as it runs", () => {
    const parent: EmittedEvent[] = [{ type: "tool_call", tool_call_id: "p", tool_name: "run_agent", args: {} }];
    const nested = [...parent, ...called({}, "x", false, "p"), ...called({}, "x", false, "p")];
    expect(stateOf(nested)).toMatchObject({ repeated: { times: 2 }, failed: 2 });
    const result = { outcome: "completed", success: true, content: "", error: null, execution_time: 0 } as const;
    const ended: EmittedEvent[] = [{ type: "tool_result", tool_call_id: "p", tool_name: "run_agent", ...result }];
    expect(stateOf([...nested, ...ended])).toMatchObject({ repeated: { times: 1 }, failed: 0 });
  });
});

describe("the time a run has worked", () => {
  // Event n of the log is at 1000 + n ms, the run begins at 1002.
  const ask = (request_id: string): EmittedEvent => ({
    type: "interaction_request",
    request_id,
    ...{ interaction_kind: "confirm", content: "?", options: ["continue", "end"] },
  });
  const answer = (request_id: string): EmittedEvent => ({
    type: "user_input_received",
    request_id,
    answer: "continue",
    by: "u",
  });

  it("counts from its beginning", () => {
    expect(stateOf([], { now: 61_002 }).seconds).toBe(60);
    expect(stateOf([], { now: 5 }).seconds).toBe(0);
  });

  it("ASK-1: without the time in which it waited for people, counted once where two questions were open", () => {
    expect(stateOf([ask("a"), answer("a")], { now: 61_002 }).seconds).toBe(59.999);
    expect(stateOf([ask("a"), ask("b"), answer("a"), answer("b")], { now: 61_002 }).seconds).toBe(59.997);
    expect(stateOf([ask("a")], { now: 61_002 }).seconds).toBe(0.001);
  });

  it("R1: without the time in which no process worked on it", () => {
    expect(stateOf([], { now: 61_002, away: 40_000 }).seconds).toBe(20);
    const since = (events: readonly EmittedEvent[], now: number) => {
      const log = TestLog.begun();
      for (const event of events) log.add(event, RUN_ID);
      return idleSince(log.view.turns[0]!, now);
    };
    expect(since([], 5_002)).toBe(4_000);
    expect(since(called({}, "x"), 5_005)).toBe(4_000);
    expect(since([ask("a"), answer("a")], 5_004)).toBe(4_000);
    expect(since([ask("a")], 5_004)).toBe(0);
  });
});

it("summaries are known from the log after a restart", () => {
  const log = TestLog.begun();
  const counts = { original_messages: 9, compacted_messages: 1, estimated_tokens_saved: 5, covers_to: 1 };
  log.add({ type: "compact", content: "s", ...counts, usage }, RUN_ID);
  log.add({ type: "compact", content: "s", ...counts }, RUN_ID);
  expect(summariesIn(log.view.turns[0]!)).toBe(150);
});
