import { describe, expect, it } from "vitest";
import type { Event } from "../events/events.ts";
import { evolve, fold } from "./evolve.ts";
import { emptyView, isOpen, openCalls, openInteractions, openTurn, type View } from "./view.ts";

type Fields = { type: string } & Record<string, unknown>;

/** Events of run "r1", one second apart, after what a view holds. */
function given(...events: Fields[]): View {
  return then(emptyView(), ...events);
}

function then(view: View, ...events: Fields[]): View {
  return fold(
    view,
    events.map((event, index): Event => {
      const seq = view.seq + index + 1;
      return { v: 1, session_id: "s1", run_id: "r1", seq, ts: seq * 1000, ...event } as unknown as Event;
    }),
  );
}

const message = (id: string, mode = "queue"): Fields => ({
  type: "user_message",
  run_id: undefined,
  message_id: id,
  content: `say ${id}`,
  mode,
});
const start = (...message_ids: string[]): Fields => ({
  type: "session_start",
  message_ids,
  model: "m1",
  agent: "a1",
  max_steps: 50,
  token_limit: 1000,
  tools: ["bash"],
});
const step = (number: number, ...message_ids: string[]): Fields => ({
  type: "step",
  step: number,
  max_steps: 50,
  tokens: 10,
  token_limit: 1000,
  ...(message_ids.length > 0 ? { message_ids } : {}),
});
const text = (offset: number, content: string, block_id = "b1"): Fields => ({
  type: "text_delta",
  block_id,
  offset,
  content,
});
const call = { type: "tool_call", tool_call_id: "c1", tool_name: "bash", args: { command: "ls" } };
const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
const done = { type: "done", content: "hi", steps: 1, reason: "completed", usage };

const items = (view: View): unknown[] => view.turns.at(-1)?.items.map((item) => item) ?? [];

describe("messages", () => {
  it("wait in the queue, in order, until a run takes them", () => {
    const queued = given(message("m1"), message("m2"), message("m3"));
    expect(queued.queue.map(({ message_id }) => message_id)).toEqual(["m1", "m2", "m3"]);
    const taken = then(queued, start("m1", "m3"));
    expect(taken.queue.map(({ message_id }) => message_id)).toEqual(["m2"]);
    expect(items(taken)).toMatchObject([
      { kind: "message", message: { message_id: "m1", seq: 1 }, seq: 4, ts: 1000 },
      { kind: "message", message: { message_id: "m3", seq: 3 }, seq: 4 },
    ]);
  });

  it("join a run at the step that names them", () => {
    const view = given(message("m1"), start("m1"), step(1), message("m2", "steer"), step(2, "m2"));
    expect(view.queue).toEqual([]);
    expect(items(view)).toMatchObject([
      { kind: "message" },
      { kind: "step", step: 1 },
      { kind: "message", message: { message_id: "m2", mode: "steer" } },
      { kind: "step", step: 2 },
    ]);
  });

  it("leave the queue when they are withdrawn", () => {
    const view = given(message("m1"), message("m2"), {
      type: "message_withdrawn",
      run_id: undefined,
      message_id: "m1",
    });
    expect(view.queue.map(({ message_id }) => message_id)).toEqual(["m2"]);
  });

  it("keep what they ask of their run", () => {
    expect(given({ ...message("m1"), options: { model: "m2" } }).queue[0]?.options).toEqual({ model: "m2" });
    expect(given(message("m1")).queue[0]?.options).toBeNull();
  });
});

describe("blocks", () => {
  it("grow by their deltas and end with the next event of the run", () => {
    const open = given(start(), step(1), text(0, "he"), text(2, "y"));
    expect(items(open).at(-1)).toEqual({
      kind: "text",
      block_id: "b1",
      content: "hey",
      ended_at: null,
      seq: 3,
      ts: 3000,
    });
    expect(items(then(open, message("m2"))).at(-1)).toMatchObject({ ended_at: null });
    expect(items(then(open, call)).at(-2)).toMatchObject({ content: "hey", ended_at: 5000 });
  });

  it("of reasoning and of the answer are two, though a provider gives both the same id", () => {
    const thought = { type: "thinking", block_id: "0", offset: 0, content: "hm" };
    expect(items(given(start(), step(1), thought, text(0, "yes", "0"))).slice(1)).toMatchObject([
      { kind: "thinking", content: "hm", ended_at: 4000 },
      { kind: "text", content: "yes", ended_at: null },
    ]);
  });

  it("READ-2: cut off what they hold already", () => {
    const view = given(start(), step(1), text(0, "abc"));
    const wide = { ...text(0, "abcdef"), from: 3, seq: 6 };
    expect(items(then(view, wide)).at(-1)).toMatchObject({ content: "abcdef", seq: 3 });
    expect(then(view, wide).seq).toBe(6);
  });

  it("do not grow across a gap in their text", () => {
    expect(items(given(start(), step(1), text(0, "ab"), text(3, "d"))).at(-1)).toMatchObject({ content: "ab" });
  });
});

describe("tool calls", () => {
  const args = (offset: number, content: string): Fields => ({
    type: "tool_call_delta",
    tool_call_id: "c1",
    tool_name: "bash",
    offset,
    content,
  });
  const result = {
    type: "tool_result",
    tool_call_id: "c1",
    tool_name: "bash",
    outcome: "completed",
    success: true,
    content: "a",
    error: null,
    execution_time: 0.5,
  };
  const phases = (...events: Fields[]): unknown => {
    const item = given(start(), step(1), ...events).turns[0]?.items.at(-1);
    return item?.kind === "tool" ? item.phase : item;
  };

  it("are prepared, called, running, ended, and know when", () => {
    const begun = { type: "tool_start", tool_call_id: "c1" };
    expect(phases(args(0, "{"))).toEqual({ state: "preparing" });
    expect(phases(args(0, "{"), call)).toEqual({ state: "called", called_at: 4000 });
    expect(phases(args(0, "{"), call, begun)).toEqual({ state: "running", called_at: 4000, started_at: 5000 });
    expect(phases(args(0, "{"), call, begun, result)).toEqual({
      state: "ended",
      outcome: "completed",
      success: true,
      content: "a",
      error: null,
      execution_time: 0.5,
      truncated: false,
      called_at: 4000,
      started_at: 5000,
      ended_at: 6000,
    });
    expect(phases(call, { ...result, outcome: "denied", success: false, error: "no" })).toMatchObject({
      outcome: "denied",
      started_at: null,
    });
  });

  it("keep arguments, output and step apart, in parallel", () => {
    const second = { ...call, tool_call_id: "c2", parent_tool_call_id: "c1" };
    const print = (id: string, offset: number, content: string): Fields => ({
      type: "tool_output_delta",
      tool_call_id: id,
      offset,
      content,
    });
    const view = given(
      start(),
      step(1),
      args(0, '{"a'),
      second,
      args(3, '":1}'),
      print("c2", 0, "x"),
      print("c1", 0, "y"),
      print("c2", 1, "z"),
    );
    expect(items(view).slice(1)).toMatchObject([
      {
        tool_call_id: "c1",
        args_text: '{"a":1}',
        args: null,
        output: "y",
        step: 1,
        parent_tool_call_id: null,
        seq: 3,
        last_seq: 7,
      },
      {
        tool_call_id: "c2",
        args: { command: "ls" },
        output: "xz",
        step: 1,
        parent_tool_call_id: "c1",
        seq: 4,
        last_seq: 8,
      },
    ]);
    expect(openCalls(view.turns[0] as View["turns"][number])).toHaveLength(2);
  });

  it("keep what their provider wants back, and so does the step; absent where it gave nothing", () => {
    const back = { provider_data: { from: "p/m", extra_content: { signature: "S" } } };
    const output = { type: "agent_output", step: 1, finish_reason: "tool_calls", usage, text_length: 0 };
    const view = given(message("a"), start("a"), step(1), { ...call, ...back }, { ...output, ...back });
    expect(items(view).slice(1)).toMatchObject([
      { kind: "step", output: back },
      { kind: "tool", ...back },
    ]);
    const without = given(message("a"), start("a"), step(1), call, output);
    expect(JSON.stringify(without)).not.toContain("provider_data");
    expect(items(without).at(-1)).not.toHaveProperty("provider_data");
  });

  it("do not change once they have ended", () => {
    const ended = given(start(), step(1), call, result);
    const late = then(ended, { ...result, content: "other" }, { type: "tool_start", tool_call_id: "c1" });
    expect(items(late)).toEqual(items(ended));
  });
});

describe("retry", () => {
  const retry = {
    type: "retry",
    retry_attempt: 1,
    retry_max_attempts: 3,
    content: "429",
    delay_ms: 500,
    discard_from: 5,
  };

  it("FOLD-6: takes the attempt out of the run and keeps what came before", () => {
    const view = given(
      message("m1"),
      start("m1"),
      step(1),
      { type: "log_file", log_file: "x" },
      text(0, "wrong"),
      call,
      retry,
    );
    expect(items(view)).toMatchObject([
      { kind: "message" },
      { kind: "step" },
      { kind: "log_file", log_file: "x" },
      { kind: "retry", delay_ms: 500, seq: 7 },
    ]);
    expect(items(then(view, text(0, "right"))).at(-1)).toMatchObject({ content: "right", seq: 8 });
  });

  it("FOLD-6: takes back no stop and no usage", () => {
    const output = { type: "agent_output", step: 1, finish_reason: "stop", usage, text_length: 0, tool_call_ids: [] };
    const view = given(
      start(),
      step(1),
      output,
      step(2),
      { type: "stop_requested", by: "u1" },
      { ...retry, discard_from: 5 },
    );
    expect(view.turns[0]).toMatchObject({ usage, phase: { state: "stopping", by: "u1" } });
  });
});

describe("runs", () => {
  it("count steps, context and usage", () => {
    const output = { type: "agent_output", step: 1, finish_reason: "stop", usage, text_length: 0, tool_call_ids: [] };
    const view = given(start(), step(1), output, step(2), { ...output, step: 2, usage: null });
    expect(view.turns[0]).toMatchObject({ step: 2, tokens: 10, usage, max_steps: 50, started_at: 1000 });
    expect(items(view)).toMatchObject([
      { step: 1, output: { finish_reason: "stop", usage } },
      { step: 2, output: { finish_reason: "stop", usage: null } },
    ]);
  });

  it.each<[Fields, object]>([
    [done, { state: "done", content: "hi", reason: "completed", usage, cost: null, ended_at: 2000 }],
    [
      { ...done, cost: 0.5 },
      { state: "done", cost: 0.5 },
    ],
    [
      { type: "cancelled", content: "h", steps: 1, usage },
      { state: "cancelled", content: "h", usage, ended_at: 2000 },
    ],
    [
      { type: "error", code: "c", message: "m", reason: "model_error", retryable: true },
      { state: "error", code: "c", message: "m", reason: "model_error", retryable: true, ended_at: 2000 },
    ],
  ])("end with $type, and nothing of the run follows", (terminal, phase) => {
    const view = given(start(), terminal);
    expect(view.turns[0]?.phase).toMatchObject(phase);
    expect(openTurn(view)).toBeNull();
    expect(then(view, text(0, "late"), terminal, step(9)).turns).toBe(view.turns);
  });

  it("are open while they run and while they stop", () => {
    const running = given(start());
    const stopping = then(running, { type: "stop_requested", by: "u1" });
    expect(openTurn(running)?.phase).toEqual({ state: "running" });
    expect(openTurn(stopping)?.phase).toEqual({ state: "stopping", by: "u1" });
    expect(stopping.turns.every(isOpen)).toBe(true);
  });

  it("follow one another, each with its own items", () => {
    const view = given(
      start(),
      step(1),
      text(0, "a"),
      done,
      { ...start(), run_id: "r2" },
      { ...step(1), run_id: "r2" },
      {
        ...text(0, "b"),
        run_id: "r2",
      },
    );
    expect(view.turns.map(({ run_id, items: held }) => [run_id, held.length])).toEqual([
      ["r1", 2],
      ["r2", 2],
    ]);
  });
});

describe("questions", () => {
  const ask = {
    type: "interaction_request",
    request_id: "q1",
    interaction_kind: "question",
    content: "why?",
    options: ["a"],
  };
  const answer = (value: unknown): Fields => ({
    type: "user_input_received",
    request_id: "q1",
    answer: value,
    by: "u1",
  });

  it("wait for an answer, and the first answer stays", () => {
    const asked = given(start(), step(1), ask);
    expect(openInteractions(asked.turns[0] as View["turns"][number])).toMatchObject([
      { request_id: "q1", answer: null },
    ]);
    const answered = then(asked, answer("a"), answer("b"));
    expect(items(answered).at(-1)).toMatchObject({ answer: { value: "a", by: "u1", at: 4000 } });
    expect(openInteractions(answered.turns[0] as View["turns"][number])).toEqual([]);
  });

  it("ASK-5: end with the call that asked", () => {
    const id = { tool_call_id: "c1", tool_name: "bash" };
    const result = { outcome: "unknown", success: false, content: "", error: "", execution_time: 0 };
    const asked = given(start(), step(1), { type: "tool_call", ...id, args: {} }, { ...ask, tool_call_id: "c1" });
    expect(openInteractions(asked.turns[0] as View["turns"][number])).toHaveLength(1);
    const ended = then(asked, { type: "tool_result", ...id, ...result });
    expect(openInteractions(ended.turns[0] as View["turns"][number])).toEqual([]);
  });
});

describe("what stands beside", () => {
  it.each([
    {
      type: "compact",
      original_messages: 9,
      compacted_messages: 2,
      estimated_tokens_saved: 5,
      content: "s",
      covers_to: 1,
      usage,
    },
    { type: "prune", tool_call_ids: ["c1"], estimated_tokens_saved: 5 },
    { type: "circuit_breaker", reason: "loop", content: "c", limit: 3, value: 4 },
    { type: "data", name: "n", value: { a: 1 } },
  ])("$type is an item of its run", (event) => {
    const { type: kind, ...fields } = event;
    expect(items(given(start(), event))).toEqual([{ kind, ...fields, seq: 2, ts: 2000 }]);
  });

  it("a session's title and model are the last that were set", () => {
    const update = (fields: object): Fields => ({ type: "session_updated", run_id: undefined, ...fields });
    const view = given(update({ title: "a" }), update({ model: "m2" }), update({ title: "b" }));
    expect(view).toMatchObject({ title: "b", model: "m2" });
  });

  it("an event without a run, or of a run that is not here, moves the cursor and nothing else", () => {
    const view = given(message("m1"));
    expect(then(view, text(0, "x"), step(1, "m1"))).toEqual({ ...view, seq: 3 });
  });

  it("unchanged parts are shared", () => {
    const view = given(message("m1"), start("m1"), done, message("m2"), { ...start("m2"), run_id: "r2" });
    const next = then(view, { ...step(1), run_id: "r2" });
    expect(next.turns[0]).toBe(view.turns[0]);
    expect(next.turns[1]).not.toBe(view.turns[1]);
    expect(evolve(next, { seq: 1 } as Event)).toBe(next);
  });

  it.each([
    { type: "live", session_id: "s1", seq: 2 },
    { type: "subscribed", id: "1", session_id: "s1", epoch: "e", head: 9, after: 0, reset: true },
    { type: "session_changed", session_id: "s1", title: "t", status: "running", head: 9 },
    { type: "heartbeat", heads: { s1: 9 } },
    { type: "notice", code: "storage_full", message: "m" },
  ])("HB-4: the control frame $type is no part of a conversation", (frame) => {
    const view = given(message("m1"), start("m1"));
    expect(evolve(view, frame as unknown as Event)).toBe(view);
  });
});
