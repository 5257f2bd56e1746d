import type { SizedMessage } from "./context-size.ts";

/** The first `covered` messages, and everything up to the position `covers_to`, are to be summarised. */
export interface CompactPlan {
  readonly covered: number;
  readonly covers_to: number;
}

export interface CompactLimits {
  /** Position where the open run begins. */
  readonly run_start: number;
  /** Position before which everything may be covered: where the present step begins, or is about to. */
  readonly end: number;
  /** Tokens that may stay as they are. */
  readonly tail: number;
  /** Tokens up to which an open run stays whole. */
  readonly whole: number;
  /** Tokens that must be covered to make a summary worthwhile. */
  readonly worth: number;
  /** An endpoint has refused the conversation: results that the model has not read yet may be covered too. */
  readonly refused: boolean;
}

/**
 * Where to cut a conversation: as early as what is left fits in `tail`, at the latest where the open run begins, unless
 * that alone is too long. Never between a call and its result. Null where nothing would be gained.
 */
export function planCompact(messages: readonly SizedMessage[], limits: CompactLimits): CompactPlan | null {
  const covered = cut(messages, limits);
  if (covered === null || gain(messages, covered) < limits.worth) return null;
  const next = messages[covered];
  return { covered, covers_to: (next === undefined ? limits.end : Math.min(next.seq, limits.end)) - 1 };
}

/** Number of messages to cover. */
function cut(messages: readonly SizedMessage[], limits: CompactLimits): number | null {
  const { run_start, tail, whole, worth } = limits;
  const rest = restsOf(messages);
  const places = [...messages.keys()].filter((at) => at > 0 && messages[at]?.message.role !== "tool");
  const fitting = (at: number): boolean => rest[at]! <= tail && gain(messages, at) >= worth;
  const run = messages.findIndex(({ seq, message }) => seq >= run_start && message.role !== "tool");
  const early = places.find((at) => at <= run && fitting(at));
  if (early !== undefined) return early;
  if (run > 0 && rest[run]! <= whole && gain(messages, run) >= worth) return run;
  const last = messages.findLastIndex(({ message }) => message.role === "assistant");
  if (limits.refused && last > run && rest[last]! > whole) return firstOfStep(messages, limits.end);
  const late = places.filter((at) => at > run && at <= last);
  return late.find(fitting) ?? late.at(-1) ?? (run > 0 ? run : null);
}

function firstOfStep(messages: readonly SizedMessage[], begin: number): number {
  const first = messages.findIndex(({ seq, summary }) => seq >= begin && !summary);
  return first < 0 ? messages.length : first;
}

/** Tokens from each message to the end. */
function restsOf(messages: readonly SizedMessage[]): number[] {
  const rests = [0];
  for (const { tokens } of messages.toReversed()) rests.unshift(rests[0]! + tokens);
  return rests;
}

/** Tokens of the messages that are covered, without an earlier summary, which would only be written again. */
function gain(messages: readonly SizedMessage[], covered: number): number {
  return messages.slice(0, covered).reduce((sum, { tokens, summary }) => sum + (summary ? 0 : tokens), 0);
}
