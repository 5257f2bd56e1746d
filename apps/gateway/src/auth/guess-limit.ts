import { limitKey } from "./address.ts";
import { WindowCounter } from "./window-counter.ts";

const MINUTE = 60_000;
const EVERYBODY = "*";
const KNOWN = 1_000;

/**
 * How often a wrong token may be tried: so many a minute from one address, and so many from all of them together. An
 * address from which the right one came before keeps its own share, so that a flood from elsewhere does not lock out
 * who works here; its own failures count like everybody's.
 */
export class GuessLimit {
  readonly #own: WindowCounter;
  readonly #all: WindowCounter;
  readonly #known = new Set<string>();

  constructor(per_minute: number, now: () => number) {
    this.#own = new WindowCounter(per_minute, MINUTE, now);
    this.#all = new WindowCounter(per_minute, MINUTE, now);
  }

  /** Milliseconds until a token from there is looked at again; 0: now. */
  wait(address: string): number {
    const key = limitKey(address);
    return Math.max(this.#own.wait(key), this.#known.has(key) ? 0 : this.#all.wait(EVERYBODY));
  }

  failed(address: string): void {
    this.#own.add(limitKey(address));
    this.#all.add(EVERYBODY);
  }

  succeeded(address: string): void {
    const key = limitKey(address);
    this.#known.delete(key);
    this.#known.add(key);
    const oldest = this.#known.size > KNOWN ? this.#known.values().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
