import type { EmittedEvent, Event } from "@millrace/protocol";

/** What somebody exported: logs for specs, made by hand, so that they can hold waits of minutes. */

export type Body = (EmittedEvent | { type: string; [field: string]: unknown }) & { at: number; run?: string | null };

const START = Date.UTC(2026, 10, 20, 14, 31, 8);

/** Events of one session; `at` in seconds. Those with `run: null` belong to no run. */
export function logOf(bodies: readonly Body[]): Event[] {
  return bodies.map(({ at, run = "run-1", ...body }, index) => {
    const placed = { v: 1, session_id: "exported", seq: index + 1, ts: START + Math.round(at * 1_000) };
    return { ...placed, ...(run === null ? {} : { run_id: run }), ...body } as unknown as Event;
  });
}

export const lines = (events: readonly unknown[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");

/** As the gateway exports it. */
export function exported(events: readonly Event[], title = "Count the Python files"): string {
  const header = { millrace_export: 1, session_id: "exported", epoch: "e", title, model: "demo", head: events.length };
  return lines([{ ...header, created_at: START, exported_at: START }, ...events]);
}

/** What a file input takes. */
export const asFile = (text: string, name = "conversation.jsonl") => ({
  name,
  mimeType: "application/x-ndjson",
  buffer: Buffer.from(text),
});

const usage = (input: number, cached: number, output: number, reasoning: number) => ({
  input_tokens: input,
  output_tokens: output,
  total_tokens: input + output,
  cached_tokens: cached,
  reasoning_tokens: reasoning,
});
const call = (at: number, id: string, tool_name: string, args: object, parent?: string): Body => ({
  at,
  type: "tool_call",
  tool_call_id: id,
  tool_name,
  args,
  ...(parent === undefined ? {} : { parent_tool_call_id: parent }),
});
const started = (at: number, id: string): Body => ({ at, type: "tool_start", tool_call_id: id });
const result = (at: number, id: string, tool_name: string, took: number, rest: object = {}): Body => ({
  at,
  type: "tool_result",
  tool_call_id: id,
  tool_name,
  outcome: "completed",
  success: true,
  content: "148",
  error: null,
  execution_time: took,
  ...rest,
});
const step = (at: number, number: number, tokens: number): Body => ({
  at,
  type: "step",
  step: number,
  max_steps: 50,
  tokens,
  token_limit: 120_000,
});
const output = (at: number, number: number, of: ReturnType<typeof usage>, calls: string[] = []): Body => ({
  at,
  type: "agent_output",
  step: number,
  finish_reason: calls.length > 0 ? "tool_calls" : "stop",
  usage: of,
  text_length: 0,
  tool_call_ids: calls,
});

/** A message and the run that it begins. */
export function begun(content = "Go", { tools = [], max_steps = 50 }: { tools?: string[]; max_steps?: number } = {}) {
  const about = { model: "demo", agent: "default", max_steps, token_limit: 120_000, tools };
  return [
    { at: 0, run: null, type: "user_message", message_id: "m1", content, mode: "queue" },
    { at: 0, type: "session_start", message_ids: ["m1"], ...about },
  ] satisfies Body[];
}

/** Thinking, parallel calls, one that fails, an approval that took a minute, a sub-agent, a compaction, data. */
export function counting(): Event[] {
  const words = (at: number, block_id: string, content: string): Body[] =>
    content.match(/\S+\s*/g)!.map((piece, index, all) => ({
      at: at + index * 0.08,
      type: "text_delta",
      block_id,
      offset: all.slice(0, index).join("").length,
      content: piece,
    }));
  return logOf([
    {
      at: 0,
      run: null,
      type: "user_message",
      message_id: "m1",
      content: "How many Python files are here?",
      mode: "queue",
    },
    {
      at: 0.1,
      type: "session_start",
      message_ids: ["m1"],
      model: "kimi-k2.5",
      agent: "default",
      max_steps: 50,
      token_limit: 120_000,
      tools: ["bash", "read_file", "fetch_url", "run_agent"],
    },
    step(0.2, 1, 2_164),
    { at: 0.6, type: "thinking", block_id: "t1", offset: 0, content: "Count them, and look at what the README says." },
    { at: 4.6, type: "tool_call_delta", tool_call_id: "c1", tool_name: "bash", offset: 0, content: '{"command":' },
    call(5.2, "c1", "bash", { command: "git ls-files '*.py' | wc -l" }),
    call(5.3, "c2", "read_file", { path: "README.md" }),
    output(5.4, 1, usage(2_164, 0, 231, 128), ["c1", "c2"]),
    started(5.4, "c1"),
    started(5.4, "c2"),
    result(5.44, "c2", "read_file", 0.04),
    result(5.71, "c1", "bash", 0.31),
    { at: 5.8, type: "data", name: "progress", value: { files: 148 } },
    step(6.1, 2, 9_812),
    ...words(6.5, "b1", "148 files are tracked; the README says 131, so it is out of date. Next, the docs."),
    call(8.4, "c3", "fetch_url", { url: "https://docs.example.org/stats" }),
    call(8.4, "c4", "run_agent", { task: "Search the code for 131" }),
    output(8.4, 2, usage(9_812, 2_048, 196, 0), ["c3", "c4"]),
    started(8.4, "c3"),
    started(8.4, "c4"),
    call(9, "c5", "search_code", { query: "131 Python files" }, "c4"),
    started(9, "c5"),
    result(10.6, "c5", "search_code", 1.6),
    result(11.1, "c4", "run_agent", 2.7, { usage: usage(4_000, 0, 300, 0), steps: 2 }),
    result(16.4, "c3", "fetch_url", 8, {
      outcome: "failed",
      success: false,
      content: "",
      error: "HTTP 503 Service Unavailable",
    }),
    {
      at: 16.6,
      type: "compact",
      original_messages: 42,
      compacted_messages: 3,
      estimated_tokens_saved: 75_000,
      content: "They count files.",
      covers_to: 1,
      usage: usage(900, 0, 100, 0),
    },
    step(16.9, 3, 5_203),
    ...words(17.2, "b2", "The docs site answers 503. Last, I’ll check that every test can still be collected."),
    call(19.6, "c6", "bash", { command: "uv run pytest --collect-only -q" }),
    output(19.6, 3, usage(5_203, 4_096, 174, 61), ["c6"]),
    {
      at: 20,
      type: "interaction_request",
      request_id: "confirm-c6",
      interaction_kind: "confirm",
      content: "Allow bash to run this command?",
      options: ["allow_once", "deny"],
      tool_call_id: "c6",
      args_digest: "d".repeat(64),
    },
    { at: 80, type: "user_input_received", request_id: "confirm-c6", answer: "allow_once", by: "local" },
    started(80, "c6"),
    {
      at: 81,
      type: "tool_output_delta",
      tool_call_id: "c6",
      offset: 0,
      content: "tests/agent/test_loop.py::test_stop\n",
    },
    result(86, "c6", "bash", 6, { content: "52 tests collected" }),
    step(86.2, 4, 20_731),
    ...words(86.6, "b3", "There are **148** Python files. Both published numbers are out of date."),
    output(88.5, 4, usage(20_731, 19_200, 789, 0)),
    {
      at: 88.6,
      type: "done",
      content: "There are 148.",
      steps: 4,
      reason: "completed",
      usage: usage(42_910, 25_344, 1_790, 189),
      cost: 0.021,
    },
  ]);
}

/** A run of many steps, each with some calls: more rows than a timeline shows at once. */
export function long(steps: number, calls: number): Event[] {
  const bodies: Body[] = [...begun("Go on for long", { tools: ["bash"], max_steps: 5_000 })];
  for (let number = 1; number <= steps; number += 1) {
    const at = number * 2;
    bodies.push({ ...step(at, number, 1_000 + number * 10), max_steps: 5_000 });
    for (let index = 0; index < calls; index += 1) {
      const id = `s${number}-${index}`;
      bodies.push(call(at + 0.1, id, "bash", { command: `echo ${id}` }), started(at + 0.2, id));
      bodies.push(result(at + 0.3 + index / 10, id, "bash", 0.1 + index / 10));
    }
  }
  bodies.push({ at: steps * 2 + 3, type: "done", content: "", steps, reason: "completed", usage: usage(10, 0, 5, 0) });
  return logOf(bodies);
}
