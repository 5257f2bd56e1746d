const EVERY = 1_000;

/** Gives timers and sockets a turn among work that waits for none of them. */
export class Breath {
  #count = 0;
  #pause: Promise<void> | null = null;

  /** Counts a piece of work; a promise to wait for when it is time for others. */
  take(): Promise<void> | undefined {
    if (this.#pause !== null) return this.#pause;
    this.#count += 1;
    if (this.#count < EVERY) return undefined;
    this.#pause = new Promise((resolve) => {
      setTimeout(() => {
        this.#count = 0;
        this.#pause = null;
        resolve();
      }, 0);
    });
    return this.#pause;
  }
}
