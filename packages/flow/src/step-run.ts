import type { Node } from "./definition.ts";

/** A node and what it is to work on. */
export interface Work {
  readonly node: Node;
  readonly value: unknown;
}

/** What an execution has come to when a run begins. */
interface Begin extends Work {
  /** 1 for the execution's first run, then 2, 3, … */
  readonly number: number;
  readonly state: Readonly<Record<string, unknown>>;
  /** Beginnings of steps, puts, changes of the state. */
  readonly done: number;
  /** Items that the reader had before a restart: the first so many are not put again. */
  readonly known: number;
}

/** One time that a node works on a value; what of it can be aborted and taken up again. */
export class StepRun {
  readonly begin: Begin;
  /** Puts and changes of the state since it began. */
  done = 0;
  /** Calls of `emit` that wait for room. */
  waits = 0;
  puts = 0;
  readonly #controller = new AbortController();
  readonly #waiting = new Set<(reason: unknown) => void>();

  constructor(begin: Begin) {
    this.begin = begin;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
    for (const reject of this.#waiting) reject(this.signal.reason);
    this.#waiting.clear();
  }

  /** The promise, but no longer than until the step is aborted. A rejection that nobody waits for is dropped. */
  guard<T>(promise: Promise<T> | T): Promise<T> {
    const guarded = new Promise<T>((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason);
      else this.#waiting.add(reject);
      void Promise.resolve(promise)
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
    guarded.catch(() => {});
    return guarded;
  }
}
