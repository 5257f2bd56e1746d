import { type EmittedEvent, type Event, emptyView, evolve, fold, type View } from "@millrace/protocol";
import { brokenRules, sessionLog } from "@millrace/protocol/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PRUNED, placedMessages, toMessages } from "./messages.ts";
import { invalidMessages } from "./testing/invalid-messages.ts";
import { RUN_ID, TestLog, USAGE } from "./testing/test-log.ts";

interface Insert {
  readonly at: number;
  readonly kind: "compact" | "prune";
  /** Chooses how far it reaches, or which calls it names. */
  readonly reach: number;
}

const inserts = fc.array(
  fc.record({ at: fc.nat(200), kind: fc.constantFrom("compact" as const, "prune" as const), reach: fc.nat(1000) }),
  { maxLength: 4 },
);

/** The log with these events in its runs, everything after them moved on. */
function withInserts(log: readonly Event[], chosen: readonly Insert[]): Event[] {
  const moved: Event[] = [];
  const places = new Map<number, number>();
  let run_id: string | undefined;
  for (const [index, event] of log.entries()) {
    if (event.run_id !== undefined) run_id = event.run_id;
    if (event.type === "done" || event.type === "cancelled" || event.type === "error") run_id = undefined;
    places.set(event.seq, moved.length + 1);
    // It voids what comes after the step, which stands right before that.
    const discard = event.type === "retry" ? { discard_from: places.get(event.discard_from - 1)! + 1 } : {};
    moved.push({ ...event, ...discard, seq: moved.length + 1 } as Event);
    for (const { at, kind, reach } of chosen) {
      if (at !== index || run_id === undefined) continue;
      const seq = moved.length + 1;
      const covers_to = 1 + (reach % seq);
      const numbers = { original_messages: 9, compacted_messages: 1, estimated_tokens_saved: 1 };
      const calls = moved.flatMap((known) => (known.type === "tool_call" ? [known.tool_call_id] : []));
      const fields =
        kind === "compact"
          ? ({ type: "compact", ...numbers, content: "so far", covers_to } as const)
          : ({
              type: "prune",
              tool_call_ids: calls.filter((_, call) => (reach >> (call % 10)) % 2 === 0),
              estimated_tokens_saved: 1,
            } as const);
      moved.push({ v: 1, session_id: event.session_id, ts: event.ts, run_id, seq, ...fields });
    }
  }
  return moved;
}

const logs = fc.tuple(sessionLog(), inserts).map(([log, chosen]) => withInserts(log, chosen));

describe("what the model reads of any log", () => {
  it("CTX-1 CTX-2: is valid for a strict endpoint, wherever it was compacted or pruned", () => {
    fc.assert(
      fc.property(logs, (log) => {
        expect(brokenRules(log)).toEqual([]);
        expect(invalidMessages(toMessages(fold(emptyView(), log)))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("CTX-3: is the same for a process that read the log anew", () => {
    fc.assert(
      fc.property(logs, (log) => {
        let view: View = emptyView();
        for (const event of log) {
          view = evolve(view, event);
          expect(placedMessages(view)).toEqual(placedMessages(structuredClone(view)));
        }
      }),
      { numRuns: 50 },
    );
  });
});

const call = (id: string, content: string, step = 1): EmittedEvent[] => [
  { type: "tool_call", tool_call_id: id, tool_name: "echo", args: { id } },
  { type: "agent_output", step, finish_reason: "tool_calls", usage: USAGE, text_length: 0, tool_call_ids: [id] },
  { type: "tool_start", tool_call_id: id },
  {
    type: "tool_result",
    tool_call_id: id,
    tool_name: "echo",
    ...{ outcome: "completed", success: true, content, error: null, execution_time: 0 },
  },
];
const step = (number: number): EmittedEvent => ({
  type: "step",
  step: number,
  max_steps: 9,
  tokens: 1,
  token_limit: 9,
});
const compact = (covers_to: number): EmittedEvent => ({
  type: "compact",
  ...{
    original_messages: 5,
    compacted_messages: 3,
    estimated_tokens_saved: 10,
    content: "They said hello.",
    covers_to,
  },
});
const prune = (...tool_call_ids: string[]): EmittedEvent => ({
  type: "prune",
  tool_call_ids,
  estimated_tokens_saved: 5,
});

function logged(...events: EmittedEvent[]): TestLog {
  const log = TestLog.begun();
  for (const event of events) log.add(event, RUN_ID);
  return log;
}

describe("a compact", () => {
  it("CTX-1: stands for everything up to its position, and nothing after it", () => {
    const log = logged(step(1), ...call("c1", "one"), step(2), ...call("c2", "two", 2), compact(7));
    const messages = toMessages(log.view);
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    expect(messages[0]?.content).toContain("They said hello.");
    expect(messages[0]?.content).toMatch(/^\[Summary/);
    expect(messages[2]).toEqual({ role: "tool", tool_call_id: "c2", content: "two" });
  });

  it("CTX-1: of the last one nothing of an earlier one is left", () => {
    const earlier = { ...compact(3), content: "Earlier." } as EmittedEvent;
    const log = logged(step(1), ...call("c1", "one"), earlier, step(2), ...call("c2", "two", 2), compact(8));
    expect(JSON.stringify(toMessages(log.view))).not.toContain("Earlier.");
  });

  it("CTX-1: hides nothing from those who watch", () => {
    const log = logged(step(1), ...call("c1", "one"));
    const before = log.view.turns[0]!.items;
    log.add(compact(7), RUN_ID);
    expect(log.view.turns[0]!.items.slice(0, -1)).toEqual(before);
  });

  it("makes what was counted before it say nothing any more", () => {
    const log = logged(step(1), ...call("c1", "one"), step(2), ...call("c2", "two", 2), compact(7));
    expect(placedMessages(log.view).map(({ counted }) => counted)).toEqual([null, null, null]);
  });
});

describe("a prune", () => {
  it("CTX-2: leaves out the output of the calls it names, and says so", () => {
    const log = logged(step(1), ...call("c1", "one"), step(2), ...call("c2", "two", 2), prune("c1"));
    const results = toMessages(log.view).flatMap((message) => (message.role === "tool" ? [message.content] : []));
    expect(results).toEqual([PRUNED, "two"]);
  });

  it("lowers what was counted before it", () => {
    const log = logged(step(1), ...call("c1", "one"), prune("c1"));
    expect(placedMessages(log.view)[1]?.counted).toBe(USAGE.input_tokens + USAGE.output_tokens - 5);
  });
});

it("a call of a sub-agent is not read by the model", () => {
  const log = logged(
    step(1),
    ...call("c1", "one").slice(0, 3),
    { type: "tool_call", tool_call_id: "n1", tool_name: "echo", args: {}, parent_tool_call_id: "c1" },
    call("c1", "one")[3]!,
  );
  expect(JSON.stringify(toMessages(log.view))).not.toContain("n1");
});

describe("what a provider wants back", () => {
  it("stands with its call and its answer, also where the messages were read before the answer was complete", () => {
    const log = TestLog.begun();
    const provider_data = { from: "p/m", reasoning_details: [{ data: "A" }] };
    const signed = { from: "p/m", extra_content: { signature: "S" } };
    const call = { tool_call_id: "c1", tool_name: "add", args: {} };
    log.add({ type: "step", step: 1, max_steps: 9, tokens: 1, token_limit: 9 }, RUN_ID);
    log.add({ type: "tool_call", ...call, provider_data: signed }, RUN_ID);
    const view = log.view;
    expect(toMessages(view)[1]).not.toHaveProperty("provider_data");
    const output = { step: 1, finish_reason: "stop", usage: USAGE, text_length: 0, tool_call_ids: ["c1"] };
    log.add({ type: "agent_output", ...output, provider_data }, RUN_ID);
    const whole = evolve(view, log.events.at(-1)!);
    expect(toMessages(whole)[1]).toMatchObject({ provider_data, tool_calls: [{ id: "c1", provider_data: signed }] });
    expect(toMessages(whole)[1]).toBe(toMessages(whole)[1]);
  });
});
