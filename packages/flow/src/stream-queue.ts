/** What may wait beyond a limit, because somebody did not wait, before the flow ends with FlowError `overflow`. */
export const OVERFLOW = 10_000;

/** Counts what goes through, and lets others wait until so many have. */
export class Turnstile {
  passed = 0;
  readonly #waits: { readonly until: number; readonly resolve: () => void }[] = [];

  /** A promise where fewer have passed; calls come with a growing `until`. */
  wait(until: number): Promise<void> | undefined {
    return until <= this.passed ? undefined : new Promise((resolve) => this.#waits.push({ until, resolve }));
  }

  /** `passed`: all that have by now. */
  pass(passed: number): void {
    this.passed = passed;
    while (this.#waits[0] !== undefined && this.#waits[0].until <= passed) this.#waits.shift()?.resolve();
  }
}

type Taken = IteratorResult<unknown, void>;
type Failure = { readonly error: unknown } | null;

/** Items between the steps that put them and one reader, who has handled an item when it comes back for the next. */
export class StreamQueue {
  readonly #size: number;
  #items: unknown[] = [];
  readonly #readers: PromiseWithResolvers<Taken>[] = [];
  readonly #room = new Turnstile();
  readonly #flushed = new Turnstile();
  #put = 0;
  /** Set when nothing follows; the failure is thrown once. */
  #end: { failure: Failure } | null = null;

  /** @param size items that are not handled before a put waits */
  constructor(size: number) {
    this.#size = size;
  }

  /** Whether somebody has put far more than the reader takes. */
  get full(): boolean {
    return this.#items.length >= this.#size + OVERFLOW;
  }

  /** A promise where more than `size` items are not handled. */
  put(item: unknown): Promise<void> | undefined {
    this.#put += 1;
    this.#items.push(item);
    this.#serve();
    return this.#room.wait(this.#put - this.#size);
  }

  /** A promise where the reader has not handled all that was put until now. */
  flushed(): Promise<void> | undefined {
    return this.#flushed.wait(this.#put);
  }

  next(): Promise<Taken> {
    const handled = this.#put - this.#items.length;
    this.#room.pass(handled);
    this.#flushed.pass(handled);
    const reader = Promise.withResolvers<Taken>();
    this.#readers.push(reader);
    this.#serve();
    return reader.promise;
  }

  /** What was put can still be taken, unless the reader has `left`; then the failure is thrown. */
  end(failure: Failure, left = false): void {
    if (left) this.#items = [];
    if (left || this.#end === null) this.#end = { failure };
    this.#serve();
  }

  #serve(): void {
    while (this.#items.length > 0 || this.#end !== null) {
      const reader = this.#readers.shift();
      if (reader === undefined) return;
      const failure = this.#end?.failure ?? null;
      if (this.#items.length > 0) reader.resolve({ done: false, value: this.#items.shift() });
      else if (failure === null) reader.resolve({ done: true, value: undefined });
      else {
        this.#end = { failure: null };
        reader.reject(failure.error);
      }
    }
  }
}
