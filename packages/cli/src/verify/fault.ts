/**
 * What can be wrong:
 *
 * - `LOST`: something stored, or accepted, that a reader never got; or a reply, `subscribed` or `live` that did not come
 * - `DUP`: something sent, said or stored again
 * - `GAP`: an event beyond the next position, or a cursor that was sent back within one history
 * - `GHOST`: something received that the log does not hold
 * - `CONFLICT`: one place with two contents
 * - `DUPRUN`: a message that is stored, run or answered by the model twice
 * - `ENDS`: a run without its one end, or one that went on after it
 * - `TEXT`: an answer that is not what the model said
 */
export type Verdict = "LOST" | "DUP" | "GAP" | "GHOST" | "CONFLICT" | "DUPRUN" | "ENDS" | "TEXT";

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
