import type { Event } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { judge, LogLedger, ModelLedger, runLine, tally, type Verdict, ViewerLedger, WireLedger } from "./oracle.ts";

const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
const RUN = { run_id: "r" };
const SAID = "⟦000001⟧ tide 😀 ⟦000002⟧ ebb";

/** A sound log: a message, a run with a tool call and an answer, an end. */
const LOG: readonly Event[] = numbered([
  { type: "user_message", message_id: "m1", content: "Go on.", mode: "queue" },
  {
    type: "session_start",
    ...RUN,
    message_ids: ["m1"],
    model: "s",
    agent: "a",
    max_steps: 9,
    token_limit: 9,
    tools: [],
  },
  { type: "step", ...RUN, step: 1, max_steps: 9, tokens: 1, token_limit: 9 },
  { type: "tool_call", ...RUN, tool_call_id: "c", tool_name: "t", args: {} },
  { type: "agent_output", ...RUN, step: 1, finish_reason: "stop", usage, text_length: 0, tool_call_ids: ["c"] },
  { type: "tool_start", ...RUN, tool_call_id: "c" },
  { type: "tool_result", ...RUN, ...result("completed") },
  { type: "step", ...RUN, step: 2, max_steps: 9, tokens: 1, token_limit: 9 },
  { type: "text_delta", ...RUN, block_id: "b", offset: 0, content: SAID.slice(0, 8) },
  { type: "text_delta", ...RUN, block_id: "b", offset: 8, content: SAID.slice(8) },
  { type: "agent_output", ...RUN, step: 2, finish_reason: "stop", usage, text_length: SAID.length, tool_call_ids: [] },
  { type: "done", ...RUN, content: SAID, steps: 2, reason: "completed", usage },
]);

function result(outcome: "completed" | "cancelled"): object {
  const success = outcome === "completed";
  const error = success ? null : "stopped";
  return { tool_call_id: "c", tool_name: "t", outcome, success, content: "", error, execution_time: 0 };
}

function numbered(events: readonly object[]): Event[] {
  return events.map((event, index) => ({ v: 1, session_id: "s", seq: index + 1, ts: index, ...event }) as Event);
}

function changed(seq: number, change: object): Event[] {
  return LOG.map((event) => (event.seq === seq ? ({ ...event, ...change } as Event) : event));
}

/** The verdicts on a viewer that was handed this. */
function viewed(frames: readonly Event[], log: readonly Event[] = LOG, epoch = "e"): Verdict[] {
  const ledger = new ViewerLedger("viewer");
  for (const frame of frames) ledger.apply(frame, "e");
  return verdicts(judge({ logs: [new LogLedger(log, epoch)], viewers: [{ session_id: "s", ledger }] }));
}

const stored = (log: readonly Event[], terms: number[] = []): Verdict[] =>
  verdicts(new LogLedger(log, "e", terms).faults);

function verdicts(faults: readonly { verdict: Verdict }[]): Verdict[] {
  return [...new Set(faults.map(({ verdict }) => verdict))];
}

function asked(tell: (model: ModelLedger) => void, log: readonly Event[] = LOG): Verdict[] {
  const model = new ModelLedger((text) => (text.startsWith("⟦000001⟧") ? SAID : null));
  tell(model);
  return verdicts(judge({ logs: [new LogLedger(log, "e")], viewers: [], model }));
}

function wired(frames: readonly object[]): Verdict[] {
  const wire = new WireLedger("wire");
  for (const frame of frames) wire.received(JSON.stringify(frame));
  return verdicts(wire.faults);
}

const subscribed = { type: "subscribed", id: "1", session_id: "s", after: 0, head: 12, epoch: "e", reset: false };

describe("the loss oracle", () => {
  it("finds nothing in a sound log and its viewers, merged or not", () => {
    const [first, second] = LOG.slice(8, 10) as [Event, Event];
    const merged = { ...first, seq: second.seq, from: first.seq, content: SAID } as Event;
    expect(viewed(LOG)).toEqual([]);
    expect(viewed([...LOG.slice(0, 8), merged, ...LOG.slice(10)])).toEqual([]);
    expect(viewed([...LOG.slice(0, 9), merged, ...LOG.slice(10)]), "an overlap that is cut").toEqual([]);
    expect(asked((model) => model.asked({ run_id: "r", step: "1", life: 1, at: 1 }))).toEqual([]);
    expect(wired([subscribed, ...LOG, { type: "live", session_id: "s", seq: 12 }])).toEqual([]);
  });

  it("LOST: a viewer that was left behind, a hole in the log, an acknowledged message that is gone", () => {
    expect(viewed(LOG.slice(0, 11))).toEqual(["LOST"]);
    expect(stored(LOG.filter(({ seq }) => seq !== 9))).toContain("LOST");
    expect(asked((model) => model.accepted("m2", "s", 3))).toEqual(["LOST"]);
    expect(wired([subscribed, ...LOG.slice(0, 5), { type: "live", session_id: "s", seq: 12 }])).toEqual(["LOST"]);
  });

  it("DUP: a frame applied again, a code unit appended twice, a frame sent again", () => {
    expect(viewed([...LOG.slice(0, 9), ...LOG.slice(8)])).toEqual(["DUP"]);
    const ledger = new ViewerLedger("viewer");
    for (const event of changed(10, { content: SAID.slice(4), offset: 8 })) ledger.apply(event, "e");
    expect(verdicts(ledger.judge(new LogLedger(LOG)))).toContain("DUP");
    expect(wired([subscribed, ...LOG.slice(0, 3), ...LOG.slice(2)])).toEqual(["DUP"]);
  });

  it("GAP: a frame beyond the next position, a merged one that does not say so, a reset of one history", () => {
    expect(viewed([...LOG.slice(0, 5), ...LOG.slice(6)])).toContain("GAP");
    expect(wired([subscribed, ...LOG.slice(0, 5), ...LOG.slice(6)])).toEqual(["GAP"]);
    const ledger = new ViewerLedger("viewer");
    ledger.apply(LOG[0] as Event, "e");
    ledger.reset(0, false);
    for (const event of LOG) ledger.apply(event, "e");
    expect(verdicts(ledger.judge(new LogLedger(LOG)))).toEqual(["GAP"]);
  });

  it("GHOST: something beyond the head, a text that is not stored", () => {
    expect(viewed(LOG, LOG.slice(0, 11))).toContain("GHOST");
    expect(viewed(changed(10, { content: SAID.slice(8).replace("ebb", "ebc") }))).toContain("GHOST");
  });

  it("CONFLICT: one place with two contents, but not of two histories", () => {
    const other = changed(4, { tool_name: "u" });
    expect(viewed(other)).toContain("CONFLICT");
    const ledger = new ViewerLedger("viewer");
    for (const event of other.slice(0, 4)) ledger.apply(event, "before");
    ledger.reset(0, true);
    for (const event of LOG) ledger.apply(event, "e");
    expect(verdicts(ledger.judge(new LogLedger(LOG, "e")))).toEqual([]);
    expect(asked((model) => model.accepted("m1", "s", 2))).toEqual(["CONFLICT"]);
  });

  it("DUPRUN: a message stored or taken twice, a step asked twice, a tool run twice, a withdrawn message run", () => {
    const again = { type: "user_message", message_id: "m1", content: "Go on.", mode: "queue" };
    expect(stored([...LOG, ...numbered([again]).map((event) => ({ ...event, seq: 13 }))])).toContain("DUPRUN");
    expect(stored(changed(8, { message_ids: ["m1"] }))).toContain("DUPRUN");
    const call = { run_id: "r", step: "1", life: 1, at: 1 };
    const twice = (model: ModelLedger): void => {
      for (const at of [1, 2]) {
        model.asked({ ...call, at });
        model.toolBegun({ run_id: "r", tool_call_id: "c", at });
      }
    };
    expect(asked(twice)).toEqual(["DUPRUN"]);
    expect(asked((model) => model.withdrawn("m1"))).toEqual(["DUPRUN"]);
  });

  it("DUPRUN: one attempt that broke off and one in another process are no second call", () => {
    const call = { run_id: "r", step: "1", at: 1 };
    const tell = (model: ModelLedger): void => {
      model.asked({ ...call, life: 1 }).failed = true;
      model.asked({ ...call, life: 1 });
      model.asked({ ...call, life: 2 });
    };
    expect(asked(tell)).toEqual([]);
  });

  it("ENDS: no end, two ends, an open call at the end, work begun after an acknowledged stop", () => {
    expect(stored(LOG.slice(0, 11))).toContain("ENDS");
    expect(stored([...LOG, { ...(LOG[11] as Event), seq: 13 }])).toContain("ENDS");
    expect(stored(changed(7, { type: "log_file", log_file: "x", tool_call_id: undefined }))).toContain("ENDS");
    expect(
      asked((model) => model.stopped("r", 1)),
      "it was done",
    ).toEqual(["ENDS"]);
    const cancelled = changed(12, { type: "cancelled" });
    expect(asked((model) => model.stopped("r", 1), cancelled)).toEqual([]);
    const late = (model: ModelLedger): void => {
      model.stopped("r", 1);
      model.asked({ run_id: "r", step: "2", life: 1, at: 2 });
    };
    expect(asked(late, cancelled)).toEqual(["ENDS"]);
  });

  it("FENCE: the term falls within a run; commands have none", () => {
    const terms = [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2];
    expect(stored(LOG, terms)).toEqual([]);
    expect(stored(LOG, terms.with(9, 1))).toEqual(["FENCE"]);
  });

  it("TEXT: what was said is not what the model says", () => {
    const other = SAID.replace("tide", "tidy");
    const log = changed(10, { content: other.slice(8) });
    expect(asked(() => {}, log)).toEqual(["TEXT"]);
    const cut = [...LOG.slice(0, 9), ...LOG.slice(10)].map((event, index) => ({ ...event, seq: index + 1 }));
    const shorter = cut.map((event) =>
      event.type === "agent_output" && event.seq > 8 ? { ...event, text_length: 8 } : event,
    );
    expect(asked(() => {}, shorter as Event[])).toEqual(["TEXT"]);
  });

  it("says it all in one line with its seed", () => {
    expect(runLine(7, { frames: 1_200, "kill -9": 2 }, [{ verdict: "GAP", message: "x" }])).toBe(
      "seed 7: 1,200 frames, 2 kill -9 → lost 0, dup 0, gap 1, ghost 0, conflict 0, duprun 0, ends 0, fence 0, text 0",
    );
    expect(tally([])).toMatch(/^lost 0, .*, text 0$/);
  });
});
