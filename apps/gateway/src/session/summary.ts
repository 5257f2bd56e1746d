import type { NewEvent, SessionStatus } from "@millrace/protocol";
import type { SummaryPatch } from "@millrace/store";
import { titleFrom, titleFromAnswer } from "./title.ts";

/** What of the session decides its status, once the event is stored. */
export interface Pending {
  /** Another message waits, so that the session goes on when this run ends. */
  messages(): boolean;
  /** A question waits for its answer. */
  questions(): boolean;
  /** A run is open whose end is still to be written. */
  runs(): boolean;
}

/** What an event changes in the sessions' index, stored in the same transaction. */
export function summaryAfter(
  event: NewEvent,
  current: { readonly title: string },
  pending: Pending,
): SummaryPatch | undefined {
  const updated_at = event.ts;
  const goesOn = (): SessionStatus => (pending.questions() ? "waiting" : "running");
  switch (event.type) {
    case "user_message":
      return current.title === ""
        ? {
            status: goesOn(),
            title: titleFrom(event.content.trim() || (event.attachments?.[0]?.name ?? "")),
            updated_at,
          }
        : { status: goesOn(), updated_at };
    case "message_withdrawn":
      // The end of the run before it counted on this message.
      return pending.runs() || pending.messages() ? undefined : { status: "idle" };
    case "session_updated":
      return {
        ...(event.title === undefined ? {} : { title: event.title }),
        ...(event.model === undefined ? {} : { model: event.model }),
      };
    case "session_start":
      return { status: "running" };
    case "user_input_received":
      return { status: goesOn() };
    case "interaction_request":
      return { status: "waiting", updated_at };
    case "done": {
      const title = current.title === "" ? titleFromAnswer(event.content) : "";
      const named = title === "" ? {} : { title };
      return { status: pending.messages() ? "running" : "idle", ...named, updated_at };
    }
    case "cancelled":
      return { status: pending.messages() ? "running" : "idle", updated_at };
    case "error":
      return { status: pending.messages() ? "running" : ("failed" satisfies SessionStatus), updated_at };
    default:
      return undefined;
  }
}
