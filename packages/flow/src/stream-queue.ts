import { FlowError } from "./errors.ts";
import { OVERFLOW } from "./options.ts";

/** Until the reader has handled so many items. */
interface Wait {
  readonly until: number;
  readonly resolve: () => void;
}

type Reader<Item> = PromiseWithResolvers<IteratorResult<Item, void>>;

/** Items between the steps that put them and one reader, who has handled an item when it comes back for the next. */
export class StreamQueue<Item> {
  readonly #size: number;
  #items: Item[] = [];
  readonly #readers: Reader<Item>[] = [];
  /** Each in its own order of `until`. */
  readonly #puts: Wait[] = [];
  readonly #flushes: Wait[] = [];
  #put = 0;
  #taken = 0;
  #handled = 0;
  #end: { readonly failure: { readonly error: unknown } | null } | null = null;

  /** @param size items that are not handled before a put waits */
  constructor(size: number) {
    this.#size = size;
  }

  /** A promise where more than `size` items are not handled. @throws FlowError `overflow` */
  put(item: Item): Promise<void> | undefined {
    if (this.#items.length >= this.#size + OVERFLOW) {
      throw new FlowError("overflow", `${OVERFLOW} items were put into the stream without waiting for the reader.`);
    }
    this.#put += 1;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#items.push(item);
    else {
      this.#taken += 1;
      reader.resolve({ done: false, value: item });
    }
    return this.#wait(this.#puts, this.#put - this.#size);
  }

  /** A promise where the reader has not handled all that was put until now. */
  flushed(): Promise<void> | undefined {
    return this.#wait(this.#flushes, this.#put);
  }

  next(): Promise<IteratorResult<Item, void>> {
    this.#handled = this.#taken;
    for (const waits of [this.#puts, this.#flushes]) {
      while (waits[0] !== undefined && waits[0].until <= this.#handled) waits.shift()?.resolve();
    }
    const reader: Reader<Item> = Promise.withResolvers();
    if (this.#items.length > 0) {
      this.#taken += 1;
      reader.resolve({ done: false, value: this.#items.shift() as Item });
    } else if (this.#end === null) this.#readers.push(reader);
    else this.#finish(reader);
    return reader.promise;
  }

  /** What was put can still be taken; then the failure is thrown, once. */
  end(failure: { readonly error: unknown } | null): void {
    if (this.#end !== null) return;
    this.#end = { failure };
    for (const reader of this.#readers.splice(0)) this.#finish(reader);
  }

  /** The reader will not take what is left. */
  leave(): void {
    this.#items = [];
    this.#end = { failure: null };
    for (const reader of this.#readers.splice(0)) this.#finish(reader);
  }

  #finish(reader: Reader<Item>): void {
    const failure = this.#end?.failure ?? null;
    this.#end = { failure: null };
    if (failure === null) reader.resolve({ done: true, value: undefined });
    else reader.reject(failure.error);
  }

  #wait(waits: Wait[], until: number): Promise<void> | undefined {
    if (until <= this.#handled) return undefined;
    return new Promise((resolve) => waits.push({ until, resolve }));
  }
}
