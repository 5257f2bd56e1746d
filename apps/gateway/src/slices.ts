import { setImmediate } from "node:timers/promises";

/** So long a piece of work goes on before whoever else is served has a turn. Milliseconds. */
const SLICE = 8;

/** Long work in slices: where one is `over`, `rest` lets everybody else go first. */
export class Slices {
  readonly #now: () => number;
  #began: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#began = now();
  }

  get over(): boolean {
    return this.#now() - this.#began >= SLICE;
  }

  async rest(): Promise<void> {
    await setImmediate();
    this.#began = this.#now();
  }
}
