import type { NewEvent, SessionStatus } from "@millrace/protocol";
import type { SummaryPatch } from "@millrace/store";
import { titleFrom } from "./title.ts";

/**
 * What an event changes in the sessions' index, stored in the same transaction. `waiting_messages`: whether another
 * message waits, so that the session goes on when this run ends.
 */
export function summaryAfter(
  event: NewEvent,
  current: { readonly title: string },
  waiting_messages: boolean,
): SummaryPatch | undefined {
  const updated_at = event.ts;
  switch (event.type) {
    case "user_message":
      return current.title === ""
        ? { status: "running", title: titleFrom(event.content), updated_at }
        : { status: "running", updated_at };
    case "session_updated":
      return {
        ...(event.title === undefined ? {} : { title: event.title }),
        ...(event.model === undefined ? {} : { model: event.model }),
      };
    case "session_start":
    case "user_input_received":
      return { status: "running" };
    case "interaction_request":
      return { status: "waiting", updated_at };
    case "done":
    case "cancelled":
      return { status: waiting_messages ? "running" : "idle", updated_at };
    case "error":
      return { status: waiting_messages ? "running" : ("failed" satisfies SessionStatus), updated_at };
    default:
      return undefined;
  }
}
