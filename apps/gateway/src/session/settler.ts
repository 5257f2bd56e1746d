import { type Event, settle } from "@millrace/protocol";
import { eventOf, type LogStore, rowOfEvent } from "@millrace/store";
import type { Logger } from "pino";

const PAGE = 1_000;

/** Keeps a session's stored rows few: merges neighbouring deltas behind the head. Losing it loses nothing but space. */
export class Settler {
  readonly #session_id: string;
  readonly #store: LogStore;
  readonly #log: Logger;
  #queue: Promise<void> = Promise.resolve();

  constructor(session_id: string, store: LogStore, log: Logger) {
    this.#session_id = session_id;
    this.#store = store;
    this.#log = log;
  }

  /** Merges a contiguous list of events that are stored one by one. */
  settle(events: readonly Event[]): void {
    this.#enqueue(() => this.#store.settle(this.#session_id, settle(events).map(rowOfEvent)));
  }

  /** Reads everything after a position up to another again and merges what neighbours there. */
  compact(after: number, to: number): void {
    this.#enqueue(async () => {
      let events: Event[] = [];
      for (let cursor = after; cursor < to; ) {
        const rows = await this.#store.read(this.#session_id, cursor, PAGE);
        // Rows beyond `to` may be settled by others meanwhile: a range must never be cut in two.
        const within = rows.filter((row) => row.seq <= to);
        const last = within.at(-1);
        if (last === undefined) break;
        cursor = last.seq;
        events = settle([...events, ...within.map((row) => eventOf(this.#session_id, row))]);
      }
      await this.#store.settle(this.#session_id, events.map(rowOfEvent));
    });
  }

  /** Resolves when everything asked for so far is done. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#log.warn({ session_id: this.#session_id, error }, "could not settle");
    });
  }
}
