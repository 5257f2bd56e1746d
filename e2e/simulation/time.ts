interface Due {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

/** Calls `run` once after `ms` milliseconds; the returned function calls it off. */
export type After = (ms: number, run: () => void) => () => void;

/** Lets every promise that can go on go on. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that passes only from one thing that is due to the next. Milliseconds. */
export class SimTime {
  #now = 1_700_000_000_000;
  #made = 0;
  /** A binary heap: what is due first stands first. */
  readonly #due: Due[] = [];
  passed = 0;

  readonly now = (): number => this.#now;

  readonly after: After = (ms, run) => {
    const due: Due = { at: this.#now + Math.max(0, ms), order: this.#made++, run };
    this.#push(due);
    return () => {
      due.run = null;
    };
  };

  /** Plays on until `done` says so, at most for `ms`. @returns whether it was done */
  async play(done: () => boolean, ms: number): Promise<boolean> {
    const end = this.#now + ms;
    await breathe();
    while (!done()) {
      const next = this.#pop();
      if (next?.run === null) continue;
      if (next === undefined || next.at > end) {
        if (next !== undefined) this.#push(next);
        this.#now = end;
        return false;
      }
      this.#now = next.at;
      this.passed += 1;
      next.run?.();
      await breathe();
    }
    return true;
  }

  #push(due: Due): void {
    const heap = this.#due;
    let index = heap.push(due) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Due;
      if (isBefore(above, due)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#due;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Due, heap[child] as Due)) child += 1;
      if (isBefore(last, heap[child] as Due)) break;
      heap[index] = heap[child] as Due;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
