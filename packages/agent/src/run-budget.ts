import type { Turn } from "@millrace/protocol";
import type { Price } from "./price.ts";
import { Spending } from "./spending.ts";
import { untilAborted } from "./until-aborted.ts";

/**
 * What a run has spent, and the order in which its limits are checked. Parts of one run that go on side by side share
 * one: what one spends counts for the others before the log tells of it, and a limit is met once.
 */
export class RunBudget {
  #spending: Spending | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** @param turn with what was spent before; it counts only where nobody has asked before */
  spending(price: Price | undefined, turn: Turn): Spending {
    this.#spending ??= new Spending(price, turn);
    return this.#spending;
  }

  /** Does `work` when all that was given before is done. @returns its result; null where `signal` aborts before that */
  inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
    const before = this.#last;
    const done = untilAborted(before, signal).then(() => (signal.aborted ? null : work()));
    this.#last = Promise.allSettled([before, done]);
    return done;
  }
}
