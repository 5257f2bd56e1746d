import { type Event, settle } from "@millrace/protocol";
import { eventOf, type LogStore, rowOfEvent } from "@millrace/store";
import type { Logger } from "pino";

const PAGE = 1_000;

/** Sessions that are settled at a time: the store does those in one transaction. */
const AT_A_TIME = 16;

/**
 * Keeps the stored rows of all sessions few: merges neighbouring deltas behind the heads, a few sessions per turn of
 * the event loop, so that nobody's frames wait for it. Losing it loses nothing but space.
 */
export class Settler {
  readonly #store: LogStore;
  readonly #log: Logger;
  #work: Work[] = [];
  #running = false;

  constructor(store: LogStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Replaces stored rows by these events, which cover the same positions. */
  settle(session_id: string, events: readonly Event[]): void {
    this.#add(session_id, () => this.#store.settle(session_id, events.map(rowOfEvent)));
  }

  /** Reads everything after a position up to another again and merges what neighbours there, a page at a time. */
  compact(session_id: string, after: number, to: number): void {
    this.#add(session_id, async () => {
      for (let cursor = after; cursor < to; ) {
        const rows = await this.#store.read(session_id, cursor, PAGE);
        // Rows beyond `to` may be settled by others meanwhile: a range must never be cut in two.
        const within = rows.filter((row) => row.seq <= to);
        const last = within.at(-1);
        if (last === undefined) break;
        cursor = last.seq;
        const merged = settle(within.map((row) => eventOf(session_id, row)));
        if (merged.length < within.length) await this.#store.settle(session_id, merged.map(rowOfEvent));
      }
    });
  }

  /** Resolves when everything that was asked for so far is done. */
  async idle(): Promise<void> {
    while (this.#running) await new Promise((resolve) => setImmediate(resolve));
  }

  #add(session_id: string, settle: () => Promise<void>): void {
    this.#work.push({ session_id, settle });
    if (this.#running) return;
    this.#running = true;
    setImmediate(this.#next);
  }

  readonly #next = async (): Promise<void> => {
    const taken = new Map<string, Work>();
    const left: Work[] = [];
    for (const work of this.#work) {
      // What is asked for one session is done in that order.
      if (taken.size < AT_A_TIME && !taken.has(work.session_id)) taken.set(work.session_id, work);
      else left.push(work);
    }
    this.#work = left;
    await Promise.all([...taken.values()].map((work) => this.#settle(work)));
    if (this.#work.length > 0) setImmediate(this.#next);
    else this.#running = false;
  };

  async #settle({ session_id, settle }: Work): Promise<void> {
    try {
      await settle();
    } catch (error) {
      this.#log.warn({ session_id, error }, "could not settle");
    }
  }
}

interface Work {
  readonly session_id: string;
  readonly settle: () => Promise<void>;
}
