import type { Turn } from "@millrace/protocol";
import type { Segment } from "./segments.ts";

/** What a run did before its last words. */
export interface Worked {
  /** How many segments these words follow. */
  readonly segments: number;
  /** Where they are in the log. */
  readonly last_words: number;
  readonly seconds: number;
  readonly steps: number;
  readonly calls: number;
  readonly failed: number;
}

/** What of a run that has answered can stand in one line; null where it called nothing, or has no last words. */
export function workedOf(turn: Turn, segments: readonly Segment[]): Worked | null {
  const last = segments.findLastIndex(({ kind }) => kind !== "text");
  const words = segments[last + 1];
  if (turn.phase.state !== "done" || words?.kind !== "text") return null;
  const calls = turn.items.filter((item) => item.kind === "tool");
  if (calls.length === 0) return null;
  const failed = calls.filter(({ phase }) => phase.state === "ended" && phase.outcome === "failed");
  return {
    segments: last + 1,
    last_words: words.item.seq,
    seconds: Math.max(0, words.item.ts - turn.started_at) / 1_000,
    steps: turn.step,
    calls: calls.length,
    failed: failed.length,
  };
}
