import { type Event, emptyView, fold, type NewEvent, type Turn } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { FLOW_STEP, flowTakeUp, requestId } from "./take-up.ts";
import { idleFor, workedFor } from "./work-time.ts";

type Said = NewEvent extends infer E ? (E extends NewEvent ? Omit<E, "ts" | "run_id"> : never) : never;

/** The open turn of a run of the flow "f" that has these events, one a second. */
function turn(...events: readonly Said[]): Turn {
  const start = {
    type: "session_start",
    message_ids: [],
    model: "m",
    agent: "f",
    max_steps: 50,
    token_limit: 1_000,
    tools: [],
  } as const;
  const log = [start, ...events].map((event, index) => ({
    ...event,
    v: 1,
    session_id: "s",
    run_id: "r",
    seq: index + 1,
    ts: index * 1_000,
  }));
  return fold(emptyView(), log as unknown as Event[]).turns[0] as Turn;
}

const step: Said = { type: "step", step: 1, max_steps: 50, tokens: 0, token_limit: 1_000 };
const snapshot = { v: 1, request_id: "2.1", event: "start", step: "start/0:a", run: 2, state: {}, puts: 0 };
const question = (id: string, kept: { snapshot?: Record<string, unknown> } = { snapshot }): Said => ({
  type: "interaction_request",
  request_id: requestId("r", id),
  interaction_kind: "question",
  content: "?",
  options: [],
  ...kept,
});
const answered = (id: string, by = "ada"): Said => ({
  type: "user_input_received",
  request_id: requestId("r", id),
  answer: { answer: "yes", comment: "gladly" },
  by,
});
const taken = (id: string): Said => ({ type: "data", name: FLOW_STEP, value: { answered: requestId("r", id) } });
const text: Said = { type: "text_delta", block_id: "b", offset: 0, content: "x" };

describe("flowTakeUp", () => {
  it("RUN-8: begins where no step had begun", () => {
    expect(flowTakeUp(turn())).toEqual({ kind: "start" });
  });

  it("F36: goes on at the question that waits, or whose answer the flow was not given yet", () => {
    const resumed = { kind: "resume", snapshot, answers: {} };
    expect(flowTakeUp(turn(step, text, question("2.1")))).toEqual(resumed);
    expect(flowTakeUp(turn(step, text, question("2.1"), answered("2.1")))).toEqual(resumed);
  });

  it("F36: knows the answers that the same step was given before", () => {
    const plan = flowTakeUp(turn(step, question("2.1"), answered("2.1"), taken("2.1"), question("2.2")));
    expect(plan).toEqual({
      kind: "resume",
      snapshot,
      answers: { "2.1": { answer: "yes", comment: "gladly", by: "ada" } },
    });
  });

  it("ASK-6: an answer of nobody is none", () => {
    const plan = flowTakeUp(turn(step, question("2.1"), answered("2.1", "expiry"), taken("2.1"), question("2.2")));
    expect(plan).toMatchObject({ kind: "resume", answers: {} });
  });

  it.each<[string, Said[]]>([
    ["it never asked", [step]],
    ["it was given the answer", [step, question("2.1"), answered("2.1"), taken("2.1")]],
    ["it said something after its question", [step, question("2.1"), text]],
    ["a step of it began after its question", [step, question("2.1"), { type: "data", name: FLOW_STEP, value: {} }]],
    ["it put something after its question", [step, question("2.1"), { type: "data", name: "f", value: 1 }]],
    ["its state was not kept", [step, question("2.1", {})]],
  ])("RUN-8: is interrupted where %s", (_, events) => {
    expect(flowTakeUp(turn(...events)).kind).toBe("interrupted");
  });

  it("what a hook put after the question does not matter", () => {
    const plan = flowTakeUp(turn(step, question("2.1"), { type: "data", name: "keywords", value: 1 }));
    expect(plan.kind).toBe("resume");
  });

  it("STOP-6: a stop is final", () => {
    expect(flowTakeUp(turn(step, question("2.1"), { type: "stop_requested", by: "ada" }))).toEqual({ kind: "stop" });
  });
});

describe("a run's work", () => {
  it("BREAK-1: is its time without that in which it asked", () => {
    const open = turn(step, question("2.1"), answered("2.1"), text);
    expect(workedFor(open, 10_000)).toBe(9);
    expect(workedFor(turn(step, question("2.1")), 10_000)).toBe(2);
    expect(workedFor(open, 10_000, 4_000)).toBe(5);
  });

  it("no process worked on it since its last sign of life, unless it waits", () => {
    expect(idleFor(turn(step, question("2.1"), answered("2.1")), 10_000)).toBe(7_000);
    expect(idleFor(turn(step, question("2.1")), 10_000)).toBe(0);
  });
});
