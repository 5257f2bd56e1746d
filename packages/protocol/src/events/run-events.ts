import { z } from "zod";
import { Usage } from "../usage.ts";
import { event, Offset, ProviderData, Seq } from "./envelope.ts";

/** First event of a run; takes these messages out of the queue. */
export const SessionStart = event("session_start", {
  message_ids: z.array(z.string()),
  model: z.string(),
  agent: z.string(),
  max_steps: z.number().int().positive(),
  token_limit: z.number().int().positive(),
  tools: z.array(z.string()),
  /** Of the OpenTelemetry trace that the run belongs to, 32 hex digits. */
  trace_id: z.string().optional(),
});
export type SessionStart = z.infer<typeof SessionStart>;

/** Before each model call. `tokens`: size of the context; `message_ids`: steering messages that join here. */
export const Step = event("step", {
  step: z.number().int().positive(),
  max_steps: z.number().int().positive(),
  tokens: z.number().int().nonnegative(),
  token_limit: z.number().int().positive(),
  message_ids: z.array(z.string()).optional(),
});
export type Step = z.infer<typeof Step>;

const block = { block_id: z.string(), offset: Offset, content: z.string() };

export const Thinking = event("thinking", block);
export type Thinking = z.infer<typeof Thinking>;

export const TextDelta = event("text_delta", block);
export type TextDelta = z.infer<typeof TextDelta>;

/** A model call is complete: what the step's deltas add up to. */
export const AgentOutput = event("agent_output", {
  step: z.number().int().positive(),
  finish_reason: z.string(),
  usage: Usage.nullable(),
  /** UTF-16 code units of the step's `text_delta`s. */
  text_length: z.number().int().nonnegative(),
  tool_call_ids: z.array(z.string()),
  /** Of the whole answer: goes back to the provider that gave it, and to nobody else. */
  provider_data: ProviderData.optional(),
});
export type AgentOutput = z.infer<typeof AgentOutput>;

/** Everything of the run with `seq >= discard_from` is void. `discard_from` never points inside a block. */
export const Retry = event("retry", {
  retry_attempt: z.number().int().positive(),
  retry_max_attempts: z.number().int().positive(),
  content: z.string(),
  delay_ms: z.number().nonnegative(),
  discard_from: Seq,
});
export type Retry = z.infer<typeof Retry>;

export const Compact = event("compact", {
  original_messages: z.number().int().nonnegative(),
  compacted_messages: z.number().int().nonnegative(),
  estimated_tokens_saved: z.number().int(),
  /** The summary. */
  content: z.string(),
  covers_to: Seq,
  /** Of the model call that wrote the summary. */
  usage: Usage.optional(),
});
export type Compact = z.infer<typeof Compact>;

export const Prune = event("prune", {
  tool_call_ids: z.array(z.string()),
  estimated_tokens_saved: z.number().int(),
});
export type Prune = z.infer<typeof Prune>;

export const BreakerReason = z.enum(["token_limit", "cost_limit", "time_limit", "loop", "tool_failures"]);

export const CircuitBreaker = event("circuit_breaker", {
  reason: BreakerReason,
  content: z.string(),
  limit: z.number(),
  value: z.number(),
});
export type CircuitBreaker = z.infer<typeof CircuitBreaker>;

/** What a flow puts into the stream that is not text. */
export const Data = event("data", { name: z.string(), value: z.unknown() });
export type Data = z.infer<typeof Data>;

export const LogFile = event("log_file", { log_file: z.string() });
export type LogFile = z.infer<typeof LogFile>;

/** Ends a run with an answer. */
export const Done = event("done", {
  content: z.string(),
  steps: z.number().int().nonnegative(),
  reason: z.enum(["completed", "length", "content_filter"]),
  usage: Usage,
  cost: z.number().optional(),
});
export type Done = z.infer<typeof Done>;

/** Ends a run that was stopped; `content` is what was said until then. */
export const Cancelled = event("cancelled", {
  content: z.string(),
  steps: z.number().int().nonnegative(),
  usage: Usage,
});
export type Cancelled = z.infer<typeof Cancelled>;

/** Ends a run that failed. `retryable`: the same message may work later. */
export const RunError = event("error", {
  code: z.string(),
  message: z.string(),
  reason: z.string(),
  retryable: z.boolean(),
});
export type RunError = z.infer<typeof RunError>;
