/** What may wait beyond a limit, because somebody did not wait, before the flow ends with FlowError `overflow`. */
export const OVERFLOW = 10_000;

/** Counts what goes through, and lets others wait until so many have. */
export class Turnstile {
  #passed = 0;
  readonly #waits = new Map<number, PromiseWithResolvers<void>>();

  get passed(): number {
    return this.#passed;
  }

  /** A promise where fewer have passed. */
  wait(until: number): Promise<void> | undefined {
    if (until <= this.#passed) return undefined;
    const wait = this.#waits.get(until) ?? Promise.withResolvers<void>();
    this.#waits.set(until, wait);
    return wait.promise;
  }

  pass(count = 1): void {
    for (let each = 0; each < count; each++) {
      this.#passed += 1;
      this.#waits.get(this.#passed)?.resolve();
      this.#waits.delete(this.#passed);
    }
  }
}

/** Items between the steps that put them and one reader, who has handled an item when it comes back for the next. */
export class StreamQueue {
  readonly #items: unknown[] = [];
  readonly #handled = new Turnstile();
  #put = 0;
  #ended = false;
  #news = Promise.withResolvers<void>();

  /** Items that nobody has taken. */
  get length(): number {
    return this.#items.length;
  }

  /** A promise where more than `size` items are not handled. */
  put(item: unknown, size: number): Promise<void> | undefined {
    this.#put += 1;
    this.#items.push(item);
    this.#news.resolve();
    return this.#handled.wait(this.#put - size);
  }

  /** A promise where the reader has not handled all that was put until now. */
  flushed(): Promise<void> | undefined {
    return this.#handled.wait(this.#put);
  }

  /** Nothing follows what was put. */
  end(): void {
    this.#ended = true;
    this.#news.resolve();
  }

  /** Waits for an item; false: none follows. */
  async filled(): Promise<boolean> {
    while (this.#items.length === 0 && !this.#ended) {
      this.#news = Promise.withResolvers();
      await this.#news.promise;
    }
    return this.#items.length > 0;
  }

  take(): unknown {
    return this.#items.shift();
  }

  /** The reader comes back from an item. */
  handle(): void {
    this.#handled.pass();
  }
}
