/**
 * What can be wrong with a delivery:
 *
 * - `LOST`: a stored position that a viewer never got, or a view that is not the fold of the log
 * - `DUP`: something applied twice
 * - `GAP`: a frame applied beyond the next position, or a cursor that went back without a new history
 * - `GHOST`: something received that the log does not hold
 * - `CONFLICT`: one place with two contents
 * - `DUPRUN`: a message, an answer, a model call or a tool call taken twice
 * - `ENDS`: a run without its one end, a call left open at it, or work begun after an acknowledged stop
 * - `FENCE`: the term falls within a run
 * - `TEXT`: the folded text is not what the model said
 */
const VERDICTS = ["LOST", "DUP", "GAP", "GHOST", "CONFLICT", "DUPRUN", "ENDS", "FENCE", "TEXT"] as const;

export type Verdict = (typeof VERDICTS)[number];

export interface Fault {
  readonly verdict: Verdict;
  readonly message: string;
}

/** Faults as they are found; each of them once, however often it is met. */
export class Faults {
  readonly #found = new Map<string, Fault>();

  add(verdict: Verdict, message: string): void {
    this.#found.set(`${verdict} ${message}`, { verdict, message });
  }

  addAll(faults: readonly Fault[]): void {
    for (const { verdict, message } of faults) this.add(verdict, message);
  }

  get list(): readonly Fault[] {
    return [...this.#found.values()];
  }
}

/** `lost 0, dup 0, …`: how often each verdict was given. */
export function tally(faults: readonly Fault[]): string {
  return VERDICTS.map(
    (verdict) => `${verdict.toLowerCase()} ${faults.filter((fault) => fault.verdict === verdict).length}`,
  ).join(", ");
}

/** The line of a run: what it went through and what was found, with the seed that repeats it. */
export function runLine(
  seed: number | string,
  counts: Readonly<Record<string, number>>,
  faults: readonly Fault[],
): string {
  const through = Object.entries(counts).map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
  return `seed ${seed}: ${through.join(", ")} → ${tally(faults)}`;
}
