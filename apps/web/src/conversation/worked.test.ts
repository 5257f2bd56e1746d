import { type Event, emptyView, fold, type Turn } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { partsOf } from "./segments.ts";
import { workedOf } from "./worked.ts";

type Fields = { type: string } & Record<string, unknown>;

/** A run of these events; each is a second after the one before. */
function turnOf(...events: Fields[]): Turn {
  const start = {
    type: "session_start",
    message_ids: [],
    model: "m",
    agent: "a",
    max_steps: 9,
    token_limit: 9,
    tools: [],
  };
  const log = [start, ...events].map((event, index) => ({
    v: 1,
    session_id: "s",
    run_id: "r",
    seq: index + 1,
    ts: index * 1_000,
    ...event,
  }));
  return fold(emptyView(), log as unknown as Event[]).turns[0]!;
}

const step = (n: number): Fields => ({ type: "step", step: n, max_steps: 9, tokens: 0, token_limit: 9 });
const text = (content: string): Fields => ({ type: "text_delta", block_id: content, offset: 0, content });
const call = (id: string, outcome: "completed" | "failed"): Fields[] => {
  const named = { tool_call_id: id, tool_name: "t" };
  const success = outcome === "completed";
  const ended = { outcome, success, content: "", error: success ? null : "no", execution_time: 0 };
  return [
    { type: "tool_call", ...named, args: {} },
    { type: "tool_start", tool_call_id: id },
    { type: "tool_result", ...named, ...ended },
  ];
};
const done: Fields = { type: "done", content: "", steps: 2, reason: "completed", usage: {} };
const worked = (...events: Fields[]) => {
  const turn = turnOf(...events);
  return workedOf(turn, partsOf(turn).segments);
};

describe("the work of a run", () => {
  const work = [step(1), text("Let me look."), ...call("a", "completed"), ...call("b", "failed"), step(2)];

  it("is everything before its last words: how long, how many steps and calls, how many failed", () => {
    expect(worked(...work, text("Found."), done)).toEqual({
      segments: 2,
      last_words: 11,
      seconds: 10,
      steps: 2,
      calls: 2,
      failed: 1,
    });
  });

  it.each([
    ["that called nothing", [step(1), text("Hello."), done]],
    ["that said nothing at its end", [...work, done]],
    ["that is open", [...work, text("Fou")]],
    ["that was stopped", [...work, text("Fou"), { type: "cancelled", content: "", steps: 2, usage: {} }]],
  ])("is not folded in a run %s", (_, events) => {
    expect(worked(...events)).toBe(null);
  });
});
