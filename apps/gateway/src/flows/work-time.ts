import { openInteractions, type Turn } from "@millrace/protocol";

interface WorkTimeParts {
  /** Seconds of work. */
  readonly limit: number;
  readonly turn: () => Promise<Turn>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Milliseconds in which no process worked on the run. */
  readonly away: number;
  readonly passed: (seconds: number) => void;
}

/** Longer timers go off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** While a person is waited for no time passes. Milliseconds between two looks. */
const WAITING_MS = 1_000;

/** Tells when a run has worked for as long as it may. @returns calls it off */
export function watchWorkTime({ limit, turn, now, away, passed }: WorkTimeParts): () => void {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const look = async (): Promise<void> => {
    const open = await turn();
    if (over) return;
    const seconds = workedFor(open, now(), away);
    if (seconds >= limit) return passed(seconds);
    const least = openInteractions(open).length > 0 ? WAITING_MS : 1;
    const ms = Math.min(Math.max(least, (limit - seconds) * 1_000), LONGEST_TIMER);
    timer = setTimeout(begin, ms).unref();
  };
  // A run that cannot be read any more is over.
  const begin = (): void => void look().catch(() => {});
  begin();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

/** Seconds since a run began, without those in which a question was open. */
export function workedFor(turn: Turn, now: number, away = 0): number {
  const questions = turn.items.filter((item) => item.kind === "interaction").toSorted((a, b) => a.ts - b.ts);
  let waited = 0;
  let until = 0;
  for (const { ts, answer } of questions) {
    const end = answer?.at ?? now;
    waited += Math.max(0, end - Math.max(ts, until));
    until = Math.max(until, end);
  }
  return Math.max(0, now - turn.started_at - waited - away) / 1_000;
}

/** Milliseconds since the last sign of life of a run that is taken up; 0 while it waits for a person. */
export function idleFor(turn: Turn, now: number): number {
  if (openInteractions(turn).length > 0) return 0;
  const signs = turn.items.map((item) => (item.kind === "interaction" ? (item.answer?.at ?? item.ts) : item.ts));
  return Math.max(0, now - Math.max(turn.started_at, ...signs));
}
