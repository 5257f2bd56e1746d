import type { EmittedEvent } from "@millrace/protocol";
import { ModelError } from "./model-port.ts";
import type { StepOutput } from "./step-writer.ts";

export type DoneReason = Extract<EmittedEvent, { type: "done" }>["reason"];

/** Longest part of an endpoint's word that is repeated in a message. */
const SHOWN = 40;

/** An answer's `finish_reason`. Throws a ModelError for an answer that does not count: broken off, failed, empty. */
export function answeredFor({ finish_reason, calls, text }: StepOutput): string {
  if (finish_reason === null) {
    throw new ModelError("truncated", "The model's answer broke off.", { retryable: true });
  }
  if (finish_reason === "error") {
    throw new ModelError("upstream_error", "The model's endpoint reported an error.", { retryable: true });
  }
  if (calls.length === 0) doneReason(finish_reason, text);
  return finish_reason;
}

/**
 * What a complete answer without tool calls means for the run, by the endpoint's `finish_reason`. Throws a
 * ModelError for one that is empty or ended for a reason nobody knows.
 */
export function doneReason(finish_reason: string, text: string): DoneReason {
  switch (finish_reason) {
    case "length":
    case "max_tokens":
      return "length";
    case "content_filter":
      return "content_filter";
    case "stop":
    case "eos":
    case "eos_token":
    case "stop_sequence":
    case "end_turn":
    // Calls announced and not sent: the text is the answer.
    case "tool_calls":
    case "function_call":
    case "tool_use":
      if (text.trim() !== "") return "completed";
      throw new ModelError("empty_response", "The model's answer is empty.", { retryable: true });
    default: {
      const word = JSON.stringify(finish_reason.slice(0, SHOWN));
      throw new ModelError("bad_upstream", `The model's answer ended for an unknown reason: ${word}.`, {
        retryable: true,
      });
    }
  }
}
