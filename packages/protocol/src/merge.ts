import type { Event } from "./events/events.ts";
import { type Delta, isDelta } from "./events/kinds.ts";
import { SETTLED_TEXT } from "./limits.ts";

/** The block that a delta belongs to: deltas of different blocks never merge. */
export function blockOf(delta: Pick<Delta, "type"> & { block_id?: string; tool_call_id?: string }): string {
  return delta.type === "text_delta" || delta.type === "thinking" ? (delta.block_id ?? "") : (delta.tool_call_id ?? "");
}

/** First position that an event covers. */
export function fromOf(event: { seq: number; from?: number | undefined }): number {
  return event.from ?? event.seq;
}

/** Whether two deltas are of one block and the second begins, in `seq` and in `offset`, where the first ends. */
function areNeighbours(a: Delta, b: Delta): boolean {
  return (
    a.type === b.type &&
    a.session_id === b.session_id &&
    a.run_id === b.run_id &&
    blockOf(a) === blockOf(b) &&
    a.seq + 1 === fromOf(b) &&
    a.offset + a.content.length === b.offset
  );
}

/**
 * Joins two neighbours of one block into a delta that covers both, or returns null where they are not
 * neighbours: another block, a hole in `seq` or in `offset`, an overlap, or more than `limit` code units.
 * The result has the first one's `offset` and `ts`, and `from`..`seq` of both.
 */
export function merge(a: Event, b: Event, limit: number = SETTLED_TEXT): Delta | null {
  if (!isDelta(a) || !isDelta(b) || !areNeighbours(a, b)) return null;
  if (a.content.length + b.content.length > limit) return null;
  return { ...a, from: fromOf(a), seq: b.seq, content: a.content + b.content };
}

/** Merges a list as it grows: of merged deltas it holds the pieces of text, not the events. */
export class Merger {
  readonly #limit: number;
  #merged: Event[] = [];
  #open: { first: Delta; last: Delta; pieces: string[]; length: number } | null = null;

  /** @param limit most UTF-16 code units of a merged delta; a single one that is longer stays as it is */
  constructor(limit: number = SETTLED_TEXT) {
    this.#limit = limit;
  }

  push(event: Event): void {
    const open = this.#open;
    if (!isDelta(event)) {
      this.#close();
      this.#merged.push(event);
    } else if (open !== null && open.length + event.content.length <= this.#limit && areNeighbours(open.last, event)) {
      open.last = event;
      open.pieces.push(event.content);
      open.length += event.content.length;
    } else {
      this.#close();
      this.#open = { first: event, last: event, pieces: [event.content], length: event.content.length };
    }
  }

  /** What was pushed since the last call, merged. */
  take(): Event[] {
    this.#close();
    const merged = this.#merged;
    this.#merged = [];
    return merged;
  }

  #close(): void {
    if (this.#open === null) return;
    const { first, last, pieces } = this.#open;
    this.#merged.push(
      first === last ? first : { ...first, from: fromOf(first), seq: last.seq, content: pieces.join("") },
    );
    this.#open = null;
  }
}

/** Merges every neighbour in a list, in pieces of at most `limit` code units; other events stay as they are. */
export function settle(events: readonly Event[], limit: number = SETTLED_TEXT): Event[] {
  const merger = new Merger(limit);
  for (const event of events) merger.push(event);
  return merger.take();
}
