import { describe, expect, it } from "vitest";
import { judgeLog, type Sent } from "./log-judge.ts";
import type { Received } from "./received.ts";

let seq = 0;
const event = (type: string, fields: object = {}): Received => {
  seq += 1;
  return { type, session_id: "s", seq, ...fields };
};

function run(run_id: string, said: readonly string[], end = "done", told = said.join("").length): Received[] {
  let offset = 0;
  const deltas = said.map((content) => {
    offset += content.length;
    return event("text_delta", { run_id, block_id: "b", offset: offset - content.length, content });
  });
  return [
    event("step", { run_id, step: 1 }),
    ...deltas,
    event("agent_output", { run_id, text_length: told }),
    event(end, { run_id }),
  ];
}

function log({ takes = ["m"], ends = "done", said = ["ab", "c"], told = 3 } = {}): Received[] {
  seq = 0;
  return [
    event("user_message", { message_id: "m" }),
    event("session_start", { run_id: "r", message_ids: takes }),
    ...run("r", said, ends, told),
  ];
}

const SENT: Sent = { message_id: "m", seq: 1, expected: "abc", stopped: false, calls: 1 };
const verdicts = (events: readonly Received[], sent: Partial<Sent> = {}): string[] =>
  judgeLog("log", events, [{ ...SENT, ...sent }]).map(({ verdict }) => verdict);

describe("the log of a session", () => {
  it("is right", () => {
    expect(verdicts(log())).toEqual([]);
    expect(verdicts(log({ said: ["whatever"], told: 8 }), { expected: null, calls: null })).toEqual([]);
    expect(verdicts(log({ ends: "cancelled", said: ["ab"] }), { stopped: true })).toEqual([]);
  });

  it("FOLD-6: does not count what a retry took back", () => {
    const events = log({ said: [] }).slice(0, 3);
    events.push(event("text_delta", { run_id: "r", block_id: "a", offset: 0, content: "abX" }));
    events.push(event("retry", { run_id: "r", discard_from: 4 }), ...run("r", ["abc"]).slice(1));
    expect(verdicts(events)).toEqual([]);
  });

  it("LOST: a message was accepted and is not there, or was never run", () => {
    expect(verdicts(log(), { message_id: "other" })).toContain("LOST");
    expect(verdicts(log({ takes: [] }))).toEqual(["LOST"]);
  });

  it("SEND-2: DUPRUN where a message is there twice, run twice, or put to the model twice", () => {
    expect(verdicts([...log(), event("user_message", { message_id: "m" })])).toEqual(["DUPRUN"]);
    const again = [...log(), event("session_start", { run_id: "q", message_ids: ["m"] }), ...run("q", ["abc"])];
    expect(verdicts(again)).toEqual(["DUPRUN"]);
    expect(verdicts(log(), { calls: 2 })).toEqual(["DUPRUN"]);
  });

  it("CONFLICT: a message lies elsewhere than where it was accepted", () => {
    expect(verdicts(log(), { seq: 9 })).toEqual(["CONFLICT"]);
  });

  it("RUN-2, STOP-2: ENDS where a run has no end, two, goes on after it, or outlives its stop", () => {
    expect(verdicts(log().slice(0, -1))).toEqual(["ENDS"]);
    expect(verdicts([...log(), event("error", { run_id: "r" })])).toEqual(["ENDS"]);
    expect(verdicts([...log(), event("step", { run_id: "r" })], { calls: null })).toEqual(["ENDS"]);
    expect(verdicts(log(), { stopped: true })).toEqual(["ENDS"]);
  });

  it("DELTA-3: TEXT where an answer is not what the model said, or not as long as it was", () => {
    expect(verdicts(log({ said: ["ab", "x"] }))).toEqual(["TEXT"]);
    expect(verdicts(log({ said: ["ab"] }), { expected: null })).toEqual(["TEXT"]);
    expect(verdicts(log({ ends: "cancelled", said: ["bc"] }), { stopped: true })).toEqual(["TEXT"]);
    expect(verdicts(log({ ends: "error" }))).toEqual(["TEXT"]);
  });
});
