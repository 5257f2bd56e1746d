import type { Node } from "./definition.ts";

/** A node and what it is to work on. */
export interface Work {
  readonly node: Node;
  readonly value: unknown;
}

/** What an execution has come to when a run begins. */
interface Begin {
  readonly number: number;
  readonly state: Readonly<Record<string, unknown>>;
  readonly done: number;
  readonly known: number;
}

/** One time that a node works on a value; what of it can be aborted and taken up again. */
export class StepRun {
  readonly node: Node;
  readonly value: unknown;
  /** 1 for the execution's first, then 2, 3, … */
  readonly number: number;
  readonly stateBefore: Readonly<Record<string, unknown>>;
  /** What had been done in the execution when it began, and what it has done since: beginnings, puts, changes. */
  readonly doneBefore: number;
  done = 0;
  /** Calls of `emit` that wait for room. */
  waits = 0;
  /** Items put so far. */
  puts = 0;
  /** Items that the reader had before a restart: the first so many are not put again. */
  readonly known: number;
  #aborted: { readonly reason: unknown } | null = null;
  #controller: AbortController | null = null;
  readonly #waiting = new Set<(reason: unknown) => void>();

  constructor({ node, value }: Work, begin: Begin) {
    this.node = node;
    this.value = value;
    this.number = begin.number;
    this.stateBefore = begin.state;
    this.doneBefore = begin.done;
    this.known = begin.known;
  }

  get aborted(): boolean {
    return this.#aborted !== null;
  }

  throwIfAborted(): void {
    if (this.#aborted !== null) throw this.#aborted.reason;
  }

  /** Made when first asked for: most steps never look at it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted !== null) this.#controller.abort(this.#aborted.reason);
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#aborted !== null) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /** The promise, but no longer than until the step is aborted. A rejection that nobody waits for is dropped. */
  guard<T>(promise: Promise<T>): Promise<T> {
    const guarded = new Promise<T>((resolve, reject) => {
      if (this.#aborted !== null) reject(this.#aborted.reason);
      else this.#waiting.add(reject);
      void promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
    guarded.catch(() => {});
    return guarded;
  }
}
