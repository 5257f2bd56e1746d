import type { LogStore } from "@millrace/store";
import type { Logger } from "pino";
import { Settler } from "./settler.ts";
import type { StoredEvent } from "./stored-event.ts";

/** The newest events of a session, held for its viewers, and merged in the store once they are many. */
export class LogTail {
  readonly #settler: Settler;
  readonly #most: number;
  #recent: StoredEvent[] = [];
  /** Up to here the stored rows are merged as far as they can be. */
  #compacted = 0;

  /** @param most events to hold */
  constructor(session_id: string, store: LogStore, most: number, log: Logger) {
    this.#settler = new Settler(session_id, store, log);
    this.#most = most;
  }

  /** What is stored up to here was merged by an earlier process, or is left to the end of its run. */
  begin(seq: number): void {
    this.#compacted = seq;
  }

  push(stored: StoredEvent): void {
    this.#recent.push(stored);
  }

  /** The events after a position, or null where they are no longer held. */
  after(seq: number): readonly StoredEvent[] | null {
    const last = this.#recent.at(-1);
    if (last === undefined) return null;
    if (last.from === seq + 1) return [last];
    const first = this.#recent[0];
    if (first === undefined || first.from > seq + 1) return null;
    return this.#recent.filter((stored) => stored.seq > seq);
  }

  /** Lets go of the events, once there are too many of them, and merges them in the store. */
  trim(): void {
    if (this.#recent.length <= this.#most) return;
    this.#settler.settle(this.#recent.map((stored) => stored.event));
    this.#recent = [];
  }

  /** Merges everything up to the head: for a run that ended. */
  compact(head: number): void {
    if (head <= this.#compacted) return;
    this.#settler.compact(this.#compacted, head);
    this.#compacted = head;
    this.#recent = [];
  }

  /** Resolves when the store has merged what was asked for. */
  async idle(): Promise<void> {
    await this.#settler.idle();
  }
}
