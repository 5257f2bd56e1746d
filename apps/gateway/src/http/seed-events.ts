import type { Event } from "@millrace/protocol";

/** An event in the `{type, data}` form of `/agent/run/stream`. */
export interface SeedEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Events that this door names or shapes in its own way; every other one goes under its own name with its fields. */
export function seedEvent(event: Event, session_id: string): SeedEvent {
  switch (event.type) {
    case "thinking":
      return { type: "thinking", data: { delta: event.content } };
    case "text_delta":
      return { type: "content", data: { delta: event.content } };
    case "tool_call": {
      const { tool_name, args, tool_call_id } = event;
      return { type: "tool_call", data: { tool: tool_name, arguments: args, tool_call_id } };
    }
    case "tool_result": {
      const { tool_name, success, content, error, execution_time, tool_call_id } = event;
      return { type: "tool_result", data: { tool: tool_name, success, content, error, execution_time, tool_call_id } };
    }
    case "done": {
      const { content, steps, reason, usage } = event;
      return { type: "done", data: { message: content, steps, reason, usage, session_id } };
    }
    case "error": {
      const { message, reason, code } = event;
      return { type: "error", data: { message, reason, code, session_id } };
    }
    default: {
      const { v: _v, type, session_id: _session, seq: _seq, from: _from, ts: _ts, ...data } = event;
      return { type, data };
    }
  }
}
