import type { EmittedEvent } from "@millrace/protocol";
import type { SizedMessage } from "./context-size.ts";
import { PRUNED } from "./messages.ts";
import { roughTokens } from "./tokens.ts";

export type Prune = Extract<EmittedEvent, { type: "prune" }>;

/** Calls that one event names. */
const MOST_CALLS = 200;

export interface PruneLimits {
  /** Tokens of the latest outputs that are kept. */
  readonly keep: number;
  /** Tokens that must be saved to make it worthwhile. */
  readonly worth: number;
}

/**
 * Which tool outputs to leave out: the oldest, until the latest of `keep` tokens are left; never those that the model
 * has not answered yet. Null where it would not save enough.
 */
export function planPrune(messages: readonly SizedMessage[], { keep, worth }: PruneLimits): Prune | null {
  const unanswered = messages.findLastIndex(({ message }) => message.role === "assistant");
  const placeholder = roughTokens(PRUNED);
  let kept = 0;
  const left: { id: string; saved: number }[] = [];
  for (const [index, { message, tokens }] of [...messages.entries()].reverse()) {
    if (message.role !== "tool") continue;
    kept += tokens;
    const saved = tokens - placeholder;
    if (index < unanswered && kept > keep && saved > placeholder) left.unshift({ id: message.tool_call_id, saved });
  }
  const pruned = left.slice(0, MOST_CALLS);
  const estimated_tokens_saved = Math.round(pruned.reduce((sum, { saved }) => sum + saved, 0));
  if (estimated_tokens_saved < worth) return null;
  return { type: "prune", tool_call_ids: pruned.map(({ id }) => id), estimated_tokens_saved };
}
