/** A stretch of drawn seconds that is on the screen. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Seconds that Follow shows at most. */
const LONGEST = 60;
/** Where Follow keeps the present. */
const PRESENT = 0.95;
/** Seconds that can be seen closest. */
const CLOSEST = 0.1;

/** What is shown until the reader moves it. `present`: now, or the end of a run that has ended. */
export function windowOf(present: number, open: boolean, follow: boolean): Range {
  if (!open) return { from: 0, to: Math.max(CLOSEST, present) };
  if (!follow || present <= LONGEST * PRESENT) return { from: 0, to: Math.max(5, present / PRESENT) };
  return { from: present - LONGEST * PRESENT, to: present + LONGEST * (1 - PRESENT) };
}

/** Nearer by `factor` above 1, away from below, while what is at `at` stays where it is. `end`: of all there is to see. */
export function zoomed({ from, to }: Range, factor: number, at: number, end: number): Range {
  const length = Math.min(Math.max((to - from) / factor, Math.min(CLOSEST, end)), end);
  const share = to === from ? 0.5 : (at - from) / (to - from);
  return within({ from: at - length * share, to: at + length * (1 - share) }, end);
}

export function moved({ from, to }: Range, by: number, end: number): Range {
  return within({ from: from + by, to: to + by }, end);
}

/** The same length inside of 0 … end. */
export function within({ from, to }: Range, end: number): Range {
  const length = Math.min(end, to - from);
  const start = Math.max(0, Math.min(from, end - length));
  return { from: start, to: start + length };
}

/** From one point to another, at least as long as can be seen. */
export function between(one: number, other: number, end: number): Range {
  const from = Math.min(one, other);
  return within({ from, to: Math.max(from + CLOSEST, one, other) }, end);
}
