import { describe, expect, it } from "vitest";
import type { Event } from "../events/events.ts";
import { evolve, fold } from "../view/evolve.ts";
import { emptyView } from "../view/view.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { brokenRules } from "./log-rules.ts";
import { explode, regroup } from "./regroup.ts";
import { brokenInvariants } from "./view-invariants.ts";

/** A log of one run: each entry is an event's own fields, `run_id` is "r" unless it says otherwise. */
function log(...events: ({ type: string } & Record<string, unknown>)[]): Event[] {
  return events.map((event, index) => ({
    v: 1,
    session_id: "s",
    run_id: "r",
    seq: index + 1,
    ts: 1,
    ...event,
  })) as Event[];
}

const start = {
  type: "session_start",
  message_ids: ["m"],
  model: "m",
  agent: "a",
  max_steps: 9,
  token_limit: 9,
  tools: [],
};
const step = { type: "step", step: 1, max_steps: 9, tokens: 0, token_limit: 9 };
const text = { type: "text_delta", block_id: "b", offset: 0, content: "hi" };
const output = { type: "agent_output", step: 1, finish_reason: "stop", usage: null, text_length: 2, tool_call_ids: [] };
const call = { type: "tool_call", tool_call_id: "c", tool_name: "t", args: { a: 1 } };
const begun = { type: "tool_start", tool_call_id: "c" };
const result = {
  type: "tool_result",
  tool_call_id: "c",
  tool_name: "t",
  outcome: "completed",
  success: true,
  content: "",
  error: null,
  execution_time: 0,
};
const refused = { ...result, outcome: "denied", success: false, error: "denied" };
const stop = { type: "stop_requested", by: "u" };
const done = { type: "done", content: "hi", steps: 1, reason: "completed", usage: {} };
const retry = { type: "retry", retry_attempt: 1, retry_max_attempts: 2, content: "", delay_ms: 0, discard_from: 3 };
const args = { type: "tool_call_delta", tool_call_id: "c", tool_name: "t", offset: 0, content: '{"a":1}' };
const inner = { ...call, tool_call_id: "n", parent_tool_call_id: "c" };
const innerResult = { ...result, tool_call_id: "n", outcome: "failed", success: false, error: "x" };
const ask = {
  type: "interaction_request",
  request_id: "q",
  interaction_kind: "confirm",
  content: "May it?",
  options: ["allow_once", "deny"],
  tool_call_id: "c",
  args_digest: "d",
};
const reply = (answer: unknown) => ({ type: "user_input_received", request_id: "q", answer, by: "u" });
const print = { type: "tool_output_delta", tool_call_id: "c", offset: 0, content: "x" };

const names = (events: Event[]): string[] => [...new Set(brokenRules(events).map((rule) => rule.split(":")[0] ?? ""))];

describe("brokenRules", () => {
  it.each([
    ["nothing", log()],
    ["a run", log(start, step, text, output, done)],
    ["calls", log(start, step, args, call, { ...output, text_length: 0 }, begun, print, result, done)],
    ["an attempt again", log(start, step, text, call, retry, text, output, done)],
    ["a run that goes on", log(start, step, text)],
    ["a call that was allowed", log(start, step, call, ask, reply("allow_once"), begun, result)],
    ["a call that was refused", log(start, step, call, ask, reply("deny"), refused)],
    ["a sub-agent's call", log(start, step, call, begun, inner, innerResult, result)],
    ["arguments that are not JSON", log(start, step, { ...args, content: "{" }, call)],
  ])("finds nothing in %s", (_, events) => {
    expect(brokenRules(events)).toEqual([]);
  });

  it.each<[string, string, Event[]]>([
    ["a hole", "LOG-1", log(start, { ...step, seq: 3 })],
    ["a repeat", "LOG-1", log(start, { ...step, seq: 1 })],
    ["a range that overlaps", "LOG-1", log(start, step, { ...text, from: 2 })],
    ["a range of something that does not merge", "EVENT-3", log({ ...start, seq: 2, from: 1 })],
    ["a gap in a block", "DELTA-1", log(start, step, { ...text, offset: 1 })],
    ["text twice", "DELTA-1", log(start, step, text, text)],
    [
      "half a pair",
      "DELTA-2",
      log(start, step, { ...text, content: "\ud83d" }, { ...text, offset: 1, content: "\ude00" }),
    ],
    ["a wrong length", "DELTA-3", log(start, step, text, { ...output, text_length: 3 })],
    ["the length of a voided attempt", "DELTA-3", log(start, step, text, retry, output)],
    ["other arguments", "DELTA-4", log(start, step, args, { ...call, args: { a: 2 } })],
    ["no start", "RUN-1", log(step)],
    ["two starts", "RUN-1", log(start, { ...start, message_ids: [] })],
    ["two ends", "RUN-2", log(start, done, done)],
    ["something after the end", "RUN-2", log(start, step, done, text)],
    ["an open call at the end", "RUN-3", log(start, step, call, done)],
    ["two open runs", "RUN-4", log(start, { ...start, run_id: "r2", message_ids: [] })],
    ["a step too far", "RUN-5", log(start, { ...step, step: 2 })],
    ["a step in a step", "RUN-5", log(start, step, { ...step, step: 2 })],
    ["an output of no step", "RUN-5", log(start, { ...output, text_length: 0 })],
    ["a retry that voids too much", "RUN-7", log(start, step, text, { ...retry, discard_from: 2 })],
    ["a retry of a complete step", "RUN-7", log(start, step, text, output, retry)],
    ["a call twice", "TOOL-1", log(start, step, call, call)],
    ["a start without a call", "TOOL-2", log(start, step, begun)],
    ["output without a start", "TOOL-2", log(start, step, call, print)],
    ["a completed call that never began", "TOOL-2", log(start, step, call, result)],
    ["two results", "TOOL-3", log(start, step, call, refused, refused)],
    ["output after the result", "TOOL-3", log(start, step, call, begun, result, print)],
    ["a success that failed", "TOOL-4", log(start, step, call, begun, { ...result, success: false, error: "x" })],
    ["an error that succeeded", "TOOL-4", log(start, step, call, begun, { ...result, error: "x" })],
    ["a call in one that does not run", "TOOL-7", log(start, step, call, inner)],
    [
      "a call in one in one",
      "TOOL-7",
      log(
        start,
        step,
        call,
        begun,
        inner,
        { ...begun, tool_call_id: "n" },
        { ...inner, tool_call_id: "m", parent_tool_call_id: "n" },
      ),
    ],
    ["a call that outlives the one it is in", "TOOL-7", log(start, step, call, begun, inner, result)],
    ["a denied call that began", "TOOL-8", log(start, step, call, begun, { ...refused })],
    ["a start before the answer", "ASK-7", log(start, step, call, ask, begun)],
    ["a start after a refusal", "ASK-7", log(start, step, call, ask, reply("deny"), begun)],
    ["a question twice", "LOG-4", log(start, step, call, ask, ask)],
    ["a question about a call that has ended", "ASK-1", log(start, step, call, refused, ask)],
    ["an answer twice", "ASK-2", log(start, step, call, ask, reply("deny"), reply("deny"))],
    ["an answer to nothing", "ASK-5", log(start, step, reply("deny"))],
    ["a message taken twice", "SEND-8", log(start, { ...step, message_ids: ["m"] })],
    ["a step after the stop", "STOP-2", log(start, stop, step)],
    ["a tool after the stop", "STOP-2", log(start, step, call, stop, begun)],
    ["an answer after the stop", "STOP-2", log(start, stop, done)],
  ])("finds %s", (_, rule, events) => {
    expect(names(events)).toEqual([rule]);
  });
});

describe("brokenInvariants", () => {
  const view = fold(emptyView(), log(start, step, call, begun, result));

  it("finds nothing in an empty view and in a fold", () => {
    expect(brokenInvariants(emptyView())).toEqual([]);
    expect(brokenInvariants(emptyView(7))).toEqual([]);
    expect(brokenInvariants(view)).toEqual([]);
  });

  it.each([
    ["a cursor before its turn", { ...view, seq: 0 }],
    ["a turn twice", { ...view, turns: [...view.turns, ...view.turns] }],
    ["no session", { ...view, session_id: null }],
    ["an open call in a run that ended", fold(emptyView(), log(start, step, call, done))],
  ])("finds %s", (_, broken) => {
    expect(brokenInvariants(broken)).not.toEqual([]);
  });
});

describe("regroup and explode", () => {
  const events = log(start, step, { ...text, content: "a😀b" }, { ...text, offset: 4, content: "" }, retry, text);

  it("cut a log into code units and join it again", () => {
    const units = explode(events);
    expect(units.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(units.at(4)).toMatchObject({ offset: 2, content: "\ude00" });
    expect(regroup(units, [true]).map(({ from, seq }) => [from, seq])).toEqual([
      [undefined, 1],
      [undefined, 2],
      [3, 7],
      [undefined, 8],
      [9, 10],
    ]);
    expect(regroup(units, [false])).toEqual(units);
  });
});

describe("deepFreeze", () => {
  it("makes every change throw, however deep, and returns the value", () => {
    const value = { a: [{ b: 1 }], c: null };
    expect(deepFreeze(value)).toBe(value);
    expect(() => value.a.push({ b: 2 })).toThrow(TypeError);
    expect(() => Object.assign(value.a[0] ?? {}, { b: 2 })).toThrow(TypeError);
  });

  it("lets evolve work: it changes nothing it is given", () => {
    expect(() => evolve(deepFreeze(emptyView()), deepFreeze(log(start)[0] as Event))).not.toThrow();
  });
});
