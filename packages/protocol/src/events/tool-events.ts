import { z } from "zod";
import { Usage } from "../usage.ts";
import { event, Offset, ProviderData } from "./envelope.ts";

/** Unique in the session, even where the model's own ids are not. */
const tool_call_id = z.string();

/** The arguments' JSON text as it streams. */
export const ToolCallDelta = event("tool_call_delta", {
  tool_call_id,
  tool_name: z.string(),
  offset: Offset,
  content: z.string(),
});
export type ToolCallDelta = z.infer<typeof ToolCallDelta>;

/** The arguments are complete. */
export const ToolCall = event("tool_call", {
  tool_call_id,
  tool_name: z.string(),
  args: z.record(z.string(), z.unknown()),
  parent_tool_call_id: z.string().optional(),
  /**
   * Of the sub-agent's model call that made this call, on the first of those that it made, and its cost. For the case
   * that the server dies: they count by the `usage` and `cost` of the parent's result, which holds them too.
   */
  model_usage: Usage.optional(),
  model_cost: z.number().nonnegative().optional(),
  /** Of the call: goes back to the provider that gave it, and to nobody else. */
  provider_data: ProviderData.optional(),
});
export type ToolCall = z.infer<typeof ToolCall>;

/** The call has its slot and begins now: stored before the tool does anything. */
export const ToolStart = event("tool_start", { tool_call_id });
export type ToolStart = z.infer<typeof ToolStart>;

export const ToolOutputDelta = event("tool_output_delta", { tool_call_id, offset: Offset, content: z.string() });
export type ToolOutputDelta = z.infer<typeof ToolOutputDelta>;

/** `unknown`: the server died while the call ran; it is never run again by itself. */
export const ToolOutcome = z.enum(["completed", "failed", "denied", "cancelled", "unknown"]);
export type ToolOutcome = z.infer<typeof ToolOutcome>;

export const ToolResult = event("tool_result", {
  tool_call_id,
  tool_name: z.string(),
  outcome: ToolOutcome,
  success: z.boolean(),
  content: z.string(),
  error: z.string().nullable(),
  /** Seconds. */
  execution_time: z.number().nonnegative(),
  truncated: z.boolean().optional(),
  /** Of the model calls that the tool made: a sub-agent's. They count as the run's. */
  usage: Usage.optional(),
  /** Steps of a sub-agent. */
  steps: z.number().int().nonnegative().optional(),
  /** Of that `usage`, where it is not reckoned by the price of the run's own model. */
  cost: z.number().nonnegative().optional(),
});
export type ToolResult = z.infer<typeof ToolResult>;

export const InteractionKind = z.enum(["question", "confirm", "feedback"]);
export type InteractionKind = z.infer<typeof InteractionKind>;

/** The run waits for a person. `args_digest` binds the answer to the arguments that are shown. */
export const InteractionRequest = event("interaction_request", {
  request_id: z.string(),
  interaction_kind: InteractionKind,
  content: z.string(),
  options: z.array(z.string()),
  tool_call_id: z.string().optional(),
  args_digest: z.string().optional(),
  /** What "allow_session" and "allow_always" would allow, beside this call. */
  pattern: z.string().optional(),
  /** Of the tool as it was when this was asked: what is allowed for longer holds for no other tool of its name. */
  tool_digest: z.string().optional(),
  /** Unix time in milliseconds; afterwards the answer is "denied". */
  expires_at: z.number().optional(),
  /** Of a flow that asks: what the gateway needs to go on with the answer after a restart. At most 32 KiB of JSON. */
  snapshot: z.record(z.string(), z.unknown()).optional(),
});
export type InteractionRequest = z.infer<typeof InteractionRequest>;

/** For how long an allowed call stays allowed. */
export const Remember = z.enum(["once", "session", "always"]);
export type Remember = z.infer<typeof Remember>;

/** `by`: the user, or "expiry" where nobody answered in time. */
export const UserInputReceived = event("user_input_received", {
  request_id: z.string(),
  answer: z.unknown(),
  by: z.string(),
  remember: Remember.optional(),
});
export type UserInputReceived = z.infer<typeof UserInputReceived>;
