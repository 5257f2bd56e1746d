/** What may wait beyond a limit, because somebody did not wait, before the flow ends with FlowError `overflow`. */
export const OVERFLOW = 10_000;

/** Counts what goes through, and lets others wait until so many have. */
class Turnstile {
  passed = 0;
  readonly #waits = new Map<number, PromiseWithResolvers<void>>();

  /** A promise where fewer have passed. */
  wait(until: number): Promise<void> | undefined {
    if (until <= this.passed) return undefined;
    const wait = this.#waits.get(until) ?? Promise.withResolvers<void>();
    this.#waits.set(until, wait);
    return wait.promise;
  }

  pass(): void {
    this.passed += 1;
    this.#waits.get(this.passed)?.resolve();
    this.#waits.delete(this.passed);
  }
}

/** First come, first served. Who puts something in can wait while more than `limit` before it are not handled. */
export class Queue<T> {
  readonly limit: number;
  readonly #items: T[] = [];
  readonly #put = new Turnstile();
  readonly #handled = new Turnstile();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Items that nobody has taken. */
  get length(): number {
    return this.#items.length;
  }

  /** A promise where more than `limit` items are not handled. */
  put(item: T): Promise<void> | undefined {
    this.#items.push(item);
    this.#put.pass();
    return this.#handled.wait(this.#put.passed - this.limit);
  }

  /** A promise where not all that was put until now is handled. */
  flushed(): Promise<void> | undefined {
    return this.#handled.wait(this.#put.passed);
  }

  /** The first item, once there is one, which is not handled until `handle` says so. */
  async next(): Promise<T> {
    while (this.#items.length === 0) await this.#put.wait(this.#put.passed + 1);
    return this.#items.shift() as T;
  }

  handle(): void {
    this.#handled.pass();
  }

  /** The first item, handled with that; there must be one. */
  take(): T {
    this.handle();
    return this.#items.shift() as T;
  }
}

/** @throws RangeError unless the value is a whole number from 1 to `most` */
export function counted(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name}: a whole number from 1${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}.`);
  }
  return value;
}
