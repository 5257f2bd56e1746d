import { type EmittedEvent, type Event, emptyView, fold, type View } from "@millrace/protocol";

/** Events for tests: bodies without an envelope, and `log`, which gives them their place in one session and run. */
export type Body = EmittedEvent & { ts?: number; run_id?: string };

const AT = 1_700_000_000_000;
const USAGE = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

export const sessionStart = (message_ids: string[] = []): Body => ({
  type: "session_start",
  message_ids,
  model: "demo",
  agent: "default",
  max_steps: 50,
  token_limit: 120_000,
  tools: ["bash"],
});
export const step = (number: number): Body => ({
  type: "step",
  step: number,
  max_steps: 50,
  tokens: 2_164 * number,
  token_limit: 120_000,
});
export const delta = (offset: number, content: string, block_id = "text"): Body => ({
  type: "text_delta",
  block_id,
  offset,
  content,
});
export const call = (tool_call_id: string, tool_name = "bash", args = { command: "ls" }): Body => ({
  type: "tool_call",
  tool_call_id,
  tool_name,
  args,
});
export const start = (tool_call_id: string): Body => ({ type: "tool_start", tool_call_id });
export const result = (
  tool_call_id: string,
  outcome: "completed" | "failed" | "denied" | "cancelled" | "unknown" = "completed",
): Body => ({
  type: "tool_result",
  tool_call_id,
  tool_name: "bash",
  outcome,
  success: outcome === "completed",
  content: "ok",
  error: outcome === "completed" ? null : "it broke",
  execution_time: 0.31,
});
export const done = (): Body => ({ type: "done", content: "", steps: 1, reason: "completed", usage: USAGE });
export const cancelled = (): Body => ({ type: "cancelled", content: "", steps: 1, usage: USAGE });
export const failure = (reason = "model_error"): Body => ({
  type: "error",
  code: "model_error",
  message: "502",
  reason,
  retryable: true,
});

/** One event per body, `seq` from 1, one second apart unless a body names its own `ts`. */
export function log(bodies: readonly Body[], run_id = "run"): Event[] {
  return bodies.map(
    (body, index) =>
      ({ v: 1, session_id: "session", run_id, seq: index + 1, ts: AT + index * 1_000, ...body }) as Event,
  );
}

export const viewOf = (...bodies: Body[]): View => fold(emptyView(), log(bodies));
