/** Calls back once when nothing happened for a time. One timer, however often the wait begins anew. */
export class Watchdog {
  expired = false;
  /** While set, nothing is expected and the wait begins anew. */
  asleep = false;
  readonly #bark: () => void;
  #ms: number;
  #timer: NodeJS.Timeout;

  /** Milliseconds. */
  constructor(ms: number, bark: () => void) {
    this.#bark = bark;
    this.#ms = ms;
    this.#timer = this.#start();
  }

  /** The wait begins anew. */
  wait(ms: number): void {
    if (ms === this.#ms) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#ms = ms;
    this.#timer = this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.asleep) {
        this.#timer.refresh();
        return;
      }
      this.expired = true;
      this.#bark();
    }, this.#ms);
  }
}
