import type { Event, EventType } from "@millrace/protocol";

/** An event of a type that this version does not know: newer than it, and never a failure. */
export interface UnknownChunk {
  readonly type: "unknown";
  readonly session_id: string;
  readonly run_id?: string;
  readonly seq: number;
  /** As it came. */
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string };
}

/** One piece of a run: an event of the wire as it is, told apart by `type`. */
export type StreamChunk = Event | UnknownChunk;
export type ChunkOf<T extends StreamChunk["type"]> = Extract<StreamChunk, { type: T }>;

const KNOWN: Readonly<Record<EventType, true>> = {
  user_message: true,
  message_withdrawn: true,
  branch_selected: true,
  session_updated: true,
  stop_requested: true,
  session_start: true,
  step: true,
  thinking: true,
  text_delta: true,
  agent_output: true,
  retry: true,
  compact: true,
  prune: true,
  circuit_breaker: true,
  data: true,
  log_file: true,
  done: true,
  cancelled: true,
  error: true,
  tool_call_delta: true,
  tool_call: true,
  tool_start: true,
  tool_output_delta: true,
  tool_result: true,
  interaction_request: true,
  user_input_received: true,
};

export function chunkOf(event: Event): StreamChunk {
  if (Object.hasOwn(KNOWN, event.type)) return event;
  const { session_id, run_id, seq } = event;
  return { type: "unknown", session_id, ...(run_id !== undefined && { run_id }), seq, event: { ...event } };
}
