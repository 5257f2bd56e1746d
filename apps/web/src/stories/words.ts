import type { Body } from "../session/testing-events.ts";

/** Events that stories are written in, beside those of ../session/testing-events.ts. */

const USAGE = { input_tokens: 9_812, output_tokens: 431, total_tokens: 10_243, cached_tokens: 4_096 };
let count = 0;

/** A person's message and the run that takes it. */
export function asked(content: string, model = "kimi-k2.5"): Body[] {
  count += 1;
  const message_id = `message-${count}`;
  return [
    { type: "user_message", message_id, content, mode: "queue" },
    {
      type: "session_start",
      message_ids: [message_id],
      model,
      agent: "default",
      max_steps: 50,
      token_limit: 120_000,
      tools: ["bash", "read_file", "fetch_url"],
    },
  ];
}

export const queued = (content: string, mode: "queue" | "steer" = "queue"): Body => {
  count += 1;
  return { type: "user_message", message_id: `message-${count}`, content, mode };
};
export const thinking = (content: string, block_id = "think"): Body => ({
  type: "thinking",
  block_id,
  offset: 0,
  content,
});
export const words = (content: string, block_id = "words"): Body => ({
  type: "text_delta",
  block_id,
  offset: 0,
  content,
});
export const output = (tool_call_ids: string[] = [], step = 1): Body => ({
  type: "agent_output",
  step,
  finish_reason: tool_call_ids.length > 0 ? "tool_calls" : "stop",
  usage: USAGE,
  text_length: 0,
  tool_call_ids,
});
export const preparing = (tool_call_id: string, tool_name: string, content: string): Body => ({
  type: "tool_call_delta",
  tool_call_id,
  tool_name,
  offset: 0,
  content,
});
export const calls = (
  tool_call_id: string,
  tool_name: string,
  args: Record<string, unknown>,
  parent?: string,
): Body => ({
  type: "tool_call",
  tool_call_id,
  tool_name,
  args,
  ...(parent === undefined ? {} : { parent_tool_call_id: parent }),
});
export const prints = (tool_call_id: string, content: string): Body => ({
  type: "tool_output_delta",
  tool_call_id,
  offset: 0,
  content,
});
export const returns = (
  tool_call_id: string,
  tool_name: string,
  rest: Partial<Extract<Body, { type: "tool_result" }>> = {},
): Body => {
  const outcome = rest.outcome ?? "completed";
  return {
    type: "tool_result",
    tool_call_id,
    tool_name,
    outcome,
    success: outcome === "completed",
    content: "",
    error: null,
    execution_time: 0.31,
    ...rest,
  };
};
export const asks = (
  request_id: string,
  interaction_kind: "confirm" | "question" | "feedback",
  content: string,
  rest: Partial<Extract<Body, { type: "interaction_request" }>> = {},
): Body => ({ type: "interaction_request", request_id, interaction_kind, content, options: [], ...rest });
export const answered = (request_id: string, answer: unknown, by = "local", remember?: "session"): Body => ({
  type: "user_input_received",
  request_id,
  answer,
  by,
  ...(remember === undefined ? {} : { remember }),
});
export const ends = (content: string, rest: Partial<Extract<Body, { type: "done" }>> = {}): Body => ({
  type: "done",
  content,
  steps: 1,
  reason: "completed",
  usage: USAGE,
  cost: 0.021,
  ...rest,
});
export const fails = (reason: string, message: string): Body => ({
  type: "error",
  code: reason,
  reason,
  message,
  retryable: true,
});
export const stopped = (): Body => ({ type: "cancelled", content: "148 files", steps: 1, usage: USAGE });
/** What followed position `discard_from` broke off. */
export const retry = (discard_from: number): Body => ({
  type: "retry",
  retry_attempt: 1,
  retry_max_attempts: 3,
  content: "The connection broke.",
  delay_ms: 4_000,
  discard_from,
});
