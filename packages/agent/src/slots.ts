/** Runs `wait` while the place of whoever waits is free for others. */
export type Away = <T>(wait: () => Promise<T>) => Promise<T>;

/** Places for what may happen at a time. Who finds none free waits in line. */
export class Slots {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Runs `work` in a place of its own. */
  async run<T>(work: (away: Away) => Promise<T>): Promise<T> {
    await this.#take();
    try {
      return await work(this.#away());
    } finally {
      this.#give();
    }
  }

  /** Waits that overlap free the place once, until the last of them is over. */
  #away(): Away {
    let waits = 0;
    return async (wait) => {
      waits += 1;
      if (waits === 1) this.#give();
      try {
        return await wait();
      } finally {
        waits -= 1;
        if (waits === 0) await this.#take();
      }
    };
  }

  #take(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free -= 1;
      return undefined;
    }
    return new Promise((resolve) => this.#line.push(resolve));
  }

  #give(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
