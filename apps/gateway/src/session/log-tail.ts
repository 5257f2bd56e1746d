import { isDelta, Merger } from "@millrace/protocol";
import type { Settler } from "./settler.ts";
import type { StoredEvent } from "./stored-event.ts";

/** For viewers at the head: more would live long enough to burden the collector. Who is behind reads the store. */
const HELD = 2;

/** UTF-16 code units of deltas that are settled however few rows they are, so that it never takes long. */
const MOST_TEXT = 256 * 1024;

/** The newest events of a session, for its viewers; and what of it the store has not merged yet. */
export class LogTail {
  readonly #session_id: string;
  readonly #settler: Settler;
  readonly #most: number;
  readonly #random: () => number;
  /** Rows after which it settles. */
  #limit: number;
  #recent: StoredEvent[] = [];
  #unsettled = new Merger();
  #rows = 0;
  /** Of what the unsettled deltas say. */
  #length = 0;
  /** Up to here the stored rows are merged as far as they can be. */
  #compacted = 0;

  /** @param most rows that may be unsettled */
  constructor(session_id: string, settler: Settler, most: number, random: () => number = Math.random) {
    this.#session_id = session_id;
    this.#settler = settler;
    this.#most = most;
    this.#random = random;
    this.#limit = this.#spread();
  }

  /** What is stored up to here was merged by an earlier process, or is left to the end of its run. */
  begin(seq: number): void {
    this.#compacted = seq;
  }

  push(stored: StoredEvent): void {
    this.#recent.push(stored);
    this.#unsettled.push(stored.event);
    this.#rows += 1;
    if (isDelta(stored.event)) this.#length += stored.event.content.length;
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

  /** Lets go of what the viewers have had; merges in the store once there is much to merge. */
  trim(): void {
    if (this.#recent.length > HELD) this.#recent.splice(0, this.#recent.length - HELD);
    if (this.#rows <= this.#limit && this.#length < MOST_TEXT) return;
    this.#settler.settle(this.#session_id, this.#unsettled.take());
    this.#limit = this.#spread();
    this.#rows = 0;
    this.#length = 0;
  }

  /** Merges everything up to the head: for a run that ended. */
  compact(head: number): void {
    if (head <= this.#compacted) return;
    this.#settler.compact(this.#session_id, this.#compacted, head);
    this.#compacted = head;
    this.#recent = [];
    this.#unsettled = new Merger();
    this.#rows = 0;
    this.#length = 0;
  }

  /** Sessions that began to stream together would otherwise all settle in the same moment. */
  #spread(): number {
    return this.#most * (0.5 + this.#random() / 2);
  }
}
