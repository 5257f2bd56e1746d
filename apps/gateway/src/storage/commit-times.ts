/** How long the commits of the last moments took. Pure: the caller brings the time in milliseconds. */
export class CommitTimes {
  readonly #window: number;
  #taken: { readonly at: number; readonly ms: number }[] = [];

  /** @param window_ms for how long a commit counts */
  constructor(window_ms: number) {
    this.#window = window_ms;
  }

  add(now: number, ms: number): void {
    // Of thousands a second the newest say enough.
    if (this.#taken.length >= MOST) this.#taken.splice(0, MOST / 2);
    this.#taken.push({ at: now, ms });
  }

  /** Whether more than one in a hundred took longer than `ms`: their 99th percentile did. */
  slowerThan(now: number, ms: number): boolean {
    const recent = this.#taken.filter(({ at }) => at > now - this.#window);
    const slow = recent.filter((taken) => taken.ms > ms);
    return slow.length > recent.length / 100;
  }
}

const MOST = 1_000;
