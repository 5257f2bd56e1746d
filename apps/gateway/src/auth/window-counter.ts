/**
 * Counts what happened per key within the last `window_ms`, up to `limit`. At most `keys` keys are held: beyond that the
 * one that was used least recently is forgotten.
 */
export class WindowCounter {
  readonly #limit: number;
  readonly #window_ms: number;
  readonly #now: () => number;
  readonly #keys: number;
  readonly #times = new Map<string, number[]>();

  constructor(limit: number, window_ms: number, now: () => number, keys = 10_000) {
    this.#limit = limit;
    this.#window_ms = window_ms;
    this.#now = now;
    this.#keys = keys;
  }

  /** Milliseconds until one more fits under the limit; 0: it fits now. */
  wait(key: string): number {
    const times = this.#recent(key);
    const blocking = times.at(-this.#limit);
    return blocking === undefined ? 0 : Math.max(1, blocking + this.#window_ms - this.#now());
  }

  add(key: string): void {
    const times = this.#recent(key);
    times.push(this.#now());
    if (times.length > this.#limit) times.shift();
    this.#times.delete(key);
    this.#times.set(key, times);
    const oldest = this.#times.size > this.#keys ? this.#times.keys().next().value : undefined;
    if (oldest !== undefined) this.#times.delete(oldest);
  }

  /** Takes back the last one. */
  remove(key: string): void {
    const times = this.#recent(key);
    times.pop();
    if (times.length === 0) this.#times.delete(key);
  }

  #recent(key: string): number[] {
    const times = this.#times.get(key) ?? [];
    const since = this.#now() - this.#window_ms;
    while (times[0] !== undefined && times[0] <= since) times.shift();
    return times;
  }
}
