import { type Event, settle } from "@millrace/protocol";
import type { LogStore } from "@millrace/store";
import { StoredEvent } from "./stored-event.ts";

/** Where a viewer's frames go. */
export interface CursorSink {
  /** False while the viewer is slow: the cursor then waits for `wake` and what piles up is merged. */
  writable(): boolean;
  event(stored: StoredEvent): void;
  /** The history up to `seq` has been sent. Called once. */
  live(seq: number): void;
  /** The log cannot be read: the viewer has to come back. */
  failed(error: unknown): void;
  /** The session was removed, or the process lets go of it. Nothing follows. */
  gone(): void;
}

/** What a cursor reads: a log that grows. */
export interface CursorSource {
  readonly session_id: string;
  readonly head: number;
  /** The newest events after a position, or null where they are no longer held in memory. */
  recentAfter(seq: number): readonly StoredEvent[] | null;
}

/** Rows of one read. */
const PAGE = 100;

/** A position in a session's log that moves to its head: a socket, an SSE stream or a caller that waits for a run. */
export class Cursor {
  readonly #source: CursorSource;
  readonly #store: LogStore;
  readonly #sink: CursorSink;
  #seq: number;
  #live = false;
  #reading = false;
  #closed = false;
  /** Read from the store, and not sent because the viewer had no room. */
  #page: readonly StoredEvent[] = [];

  constructor(source: CursorSource, store: LogStore, after: number, sink: CursorSink) {
    this.#source = source;
    this.#store = store;
    this.#seq = after;
    this.#sink = sink;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Sends what there is as far as the viewer can take it. Called after each commit and when the viewer drained. */
  wake(): void {
    while (!this.#closed && !this.#reading && this.#seq < this.#source.head) {
      if (!this.#sink.writable()) return;
      const recent = this.#page.length > 0 ? null : this.#source.recentAfter(this.#seq);
      if (recent !== null) this.#deliver(mergeStored(recent));
      else if (this.#page.length > 0) this.#page = this.#deliver(this.#page);
      else void this.#read();
    }
    if (!this.#closed && !this.#reading && !this.#live) {
      this.#live = true;
      this.#sink.live(this.#seq);
    }
  }

  close(): void {
    this.#closed = true;
  }

  /** Closes and tells the viewer. */
  letGo(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sink.gone();
  }

  /** To a viewer that has room for one. Returns what there was no room for. */
  #deliver(events: readonly StoredEvent[]): readonly StoredEvent[] {
    for (const [index, stored] of events.entries()) {
      if (index > 0 && (this.#closed || !this.#sink.writable())) return events.slice(index);
      if (stored.seq <= this.#seq) continue;
      this.#seq = stored.seq;
      this.#sink.event(stored);
    }
    return [];
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      const { session_id } = this.#source;
      const stored = await this.#store.read(session_id, this.#seq, PAGE);
      if (this.#closed) return;
      // What the store has just taken and the session has not heard of yet: a viewer ahead of the head would be reset.
      const rows = stored.filter(({ seq }) => seq <= this.#source.head);
      if (rows.length === 0) throw new Error("The log ends before its head.");
      this.#page = this.#deliver(mergeStored(rows.map((row) => StoredEvent.read(session_id, row))));
    } catch (error) {
      this.#closed = true;
      this.#sink.failed(error);
      return;
    } finally {
      this.#reading = false;
    }
    this.wake();
  }
}

/** Merges neighbours of one block; what did not change keeps its frame. */
function mergeStored(events: readonly StoredEvent[]): readonly StoredEvent[] {
  if (events.length === 1) return events;
  const known = new Map<Event, StoredEvent>(events.map((stored) => [stored.event, stored]));
  return settle(events.map((stored) => stored.event)).map((event) => known.get(event) ?? StoredEvent.merged(event));
}
