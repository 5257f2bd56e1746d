import type { Event } from "@millrace/protocol";
import { answerWord } from "../ask/ask.ts";
import { bytes } from "../time/format.ts";

/** What one event says, in a few words of the protocol's own language. */
export function eventSummary(event: Event): string {
  switch (event.type) {
    case "user_message":
      return [
        ...(event.mode === "steer" ? ["steer"] : []),
        event.content.trim().slice(0, 80),
        ...(event.attachments ?? []).map(({ name }) => name),
      ]
        .filter((part) => part !== "")
        .join(" · ");
    case "session_updated":
      return [event.title, event.model].filter((part) => part !== undefined).join(" · ");
    case "stop_requested":
      return `by ${event.by}`;
    case "session_start":
      return event.model;
    case "step":
      return `${event.step} / ${event.max_steps} · ${event.tokens.toLocaleString("en")}`;
    case "thinking":
    case "text_delta":
      return `${event.content.length} chars`;
    case "agent_output":
      return [event.finish_reason, ...(event.tool_call_ids.length > 0 ? [event.tool_call_ids.length] : [])].join(" · ");
    case "retry":
      return `${event.retry_attempt} / ${event.retry_max_attempts} · void from ${event.discard_from}`;
    case "compact":
      return `${event.original_messages} → ${event.compacted_messages}`;
    case "prune":
      return `${event.tool_call_ids.length} outputs`;
    case "circuit_breaker":
      return event.reason;
    case "data":
      return event.name;
    case "log_file":
      return event.log_file;
    case "done":
      return `${event.reason} · ${event.usage.total_tokens.toLocaleString("en")}`;
    case "error":
      return event.reason;
    case "tool_call_delta":
    case "tool_call":
      return event.tool_name;
    case "tool_start":
      return event.tool_call_id;
    case "tool_output_delta":
      return bytes(event.content.length);
    case "tool_result":
      return `${event.tool_name} · ${event.outcome === "completed" ? "ok" : event.outcome}`;
    case "interaction_request":
      return [event.interaction_kind, ...(event.pattern === undefined ? [] : [event.pattern.slice(0, 80)])].join(" · ");
    case "user_input_received":
      return `${answerWord(event.answer).slice(0, 80)} · by ${event.by}`;
    case "message_withdrawn":
    case "cancelled":
      return "";
    default:
      return "";
  }
}

export type EventKind = "plain" | "bad" | "asks" | "void";

/** How an event is drawn. `voided`: the stretches of the log that a retry made void. */
export function eventKind(event: Event, voided: readonly Voided[]): EventKind {
  if (voided.some(({ run_id, from, to }) => event.run_id === run_id && event.seq >= from && event.seq < to))
    return "void";
  if (event.type === "error") return "bad";
  if (event.type === "tool_result" && event.outcome === "failed") return "bad";
  return event.type === "interaction_request" ? "asks" : "plain";
}

export interface Voided {
  readonly run_id: string | undefined;
  readonly from: number;
  readonly to: number;
}

export function voidedBy(events: readonly Event[]): readonly Voided[] {
  return events.flatMap((event) =>
    event.type === "retry" ? [{ run_id: event.run_id, from: event.discard_from, to: event.seq }] : [],
  );
}
