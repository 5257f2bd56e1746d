import type { EventOf } from "./events.ts";

// No schema is imported here: browsers fold events without carrying the schemas along.

/** Events that carry a piece of a longer text at an `offset` and therefore merge. */
export type DeltaType = "text_delta" | "thinking" | "tool_call_delta" | "tool_output_delta";
export type Delta = EventOf<DeltaType>;

export function isDelta<E extends { type: string }>(event: E): event is Extract<E, { type: DeltaType }> {
  return (
    event.type === "text_delta" ||
    event.type === "thinking" ||
    event.type === "tool_call_delta" ||
    event.type === "tool_output_delta"
  );
}

/** `done`, `cancelled` and `error` end a run; each run has exactly one of them. */
export function isTerminal<E extends { type: string }>(
  event: E,
): event is Extract<E, { type: "done" | "cancelled" | "error" }> {
  return event.type === "done" || event.type === "cancelled" || event.type === "error";
}
