import { describe, expect, it } from "vitest";
import { type Body, call, done, result, sessionStart, start, step, viewOf } from "../session/testing-events.ts";
import { compactsOf, contextOf, figuresOf } from "./usage-figures.ts";

const AT = 1_700_000_000_000;
const at = (seconds: number, body: Body): Body => ({ ...body, ts: AT + seconds * 1_000 });
const output = (number: number, total: number): Body => ({
  type: "agent_output",
  step: number,
  finish_reason: "stop",
  usage: { input_tokens: total - 5, output_tokens: 5, total_tokens: total },
  text_length: 0,
  tool_call_ids: [],
});
const compact: Body = {
  type: "compact",
  original_messages: 40,
  compacted_messages: 3,
  estimated_tokens_saved: 75_000,
  content: "",
  covers_to: 2,
  usage: { input_tokens: 90, output_tokens: 10, total_tokens: 100 },
};
const inside: Body = { ...result("a"), usage: { input_tokens: 30, output_tokens: 20, total_tokens: 50 } } as Body;
const ask = (id: string): Body => ({
  type: "interaction_request",
  request_id: id,
  interaction_kind: "question",
  content: "?",
  options: [],
});
const answer = (id: string): Body => ({ type: "user_input_received", request_id: id, answer: "x", by: "local" });

const { turns } = viewOf(
  at(0, sessionStart()),
  at(0, step(1)),
  at(1, call("a")),
  at(1, output(1, 200)),
  at(1, start("a")),
  at(2, ask("one")),
  at(3, ask("two")),
  at(6, answer("one")),
  at(8, answer("two")),
  at(9, inside),
  at(9, compact),
  at(10, step(2)),
  at(11, output(2, 300)),
  at(12, { ...done(), cost: 0.02 } as Body),
);

describe("what runs took", () => {
  it("adds up, with the shares of sub-agents and summaries", () => {
    expect(figuresOf(turns)).toMatchObject({
      usage: { total_tokens: 650 },
      inside: 50,
      summaries: 100,
      cost: 0.02,
      seconds: 12,
      waited: 6,
    });
    expect(figuresOf([...turns, ...turns])).toMatchObject({ usage: { total_tokens: 1_300 }, cost: 0.04 });
    expect(figuresOf([])).toMatchObject({ usage: { total_tokens: 0 }, cost: null, inside: 0 });
  });

  it("is the context step by step, with its compactions", () => {
    expect(contextOf(turns).map((point) => (point.kind === "step" ? point.tokens : -point.saved))).toEqual([
      2_164, -75_000, 4_328,
    ]);
    expect(compactsOf(turns[0]!)).toHaveLength(1);
  });
});
