import { type Event, Merger } from "@millrace/protocol";

/** Events that may wait to be merged. */
const MOST = 1_000;

/** Events on their way to a log file: the deltas of a block that come between two flushes make one line. */
export class EventLines {
  readonly #write: (line: string) => void;
  readonly #merger = new Merger();
  #held = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  push(event: Event): void {
    this.#merger.push(event);
    this.#held += 1;
    if (this.#held >= MOST) this.flush();
  }

  flush(): void {
    if (this.#held === 0) return;
    this.#held = 0;
    for (const event of this.#merger.take()) this.#write(JSON.stringify(event));
  }
}
