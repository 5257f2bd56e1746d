import type { CutPoint } from "./cuts.ts";
import type { Faults } from "./fault.ts";
import type { Gate, Place } from "./place.ts";

/** What happened so far, for the one who watches. */
export interface Counts {
  /** Events that arrived, over all doors. */
  frames: number;
  disconnects: number;
  /** The same by where the connection was cut; `send` while a message was on its way. */
  readonly cuts: Partial<Record<CutPoint | "send", number>>;
  messages: number;
}

/** What everything of one verification shares. */
export interface Context {
  readonly place: Place;
  readonly gate: Gate;
  readonly seed: number;
  readonly counts: Counts;
  readonly faults: Faults;
  readonly signal: AbortSignal;
}

export function countCut({ counts }: Context, where: CutPoint | "send" | undefined): void {
  counts.disconnects += 1;
  if (where !== undefined) counts.cuts[where] = (counts.cuts[where] ?? 0) + 1;
}
