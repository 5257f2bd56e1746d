import type { Event } from "./events/events.ts";
import { type Delta, isDelta } from "./events/kinds.ts";
import { LIMITS } from "./limits.ts";

/** The block that a delta belongs to: deltas of different blocks never merge. */
export function blockOf(delta: Pick<Delta, "type"> & { block_id?: string; tool_call_id?: string }): string {
  return delta.type === "text_delta" || delta.type === "thinking" ? (delta.block_id ?? "") : (delta.tool_call_id ?? "");
}

/** First position that an event covers. */
export function fromOf(event: { seq: number; from?: number | undefined }): number {
  return event.from ?? event.seq;
}

/**
 * Joins two neighbours of one block into a delta that covers both, or returns null where they are not
 * neighbours: another block, a hole in `seq` or in `offset`, an overlap, or more than `limit` code units.
 * The result has the first one's `offset` and `ts`, and `from`..`seq` of both.
 */
export function merge(a: Event, b: Event, limit: number = LIMITS.settled_text): Delta | null {
  if (!isDelta(a) || !isDelta(b) || a.type !== b.type) return null;
  if (a.session_id !== b.session_id || a.run_id !== b.run_id || blockOf(a) !== blockOf(b)) return null;
  if (a.seq + 1 !== fromOf(b) || a.offset + a.content.length !== b.offset) return null;
  if (a.content.length + b.content.length > limit) return null;
  return { ...a, from: fromOf(a), seq: b.seq, content: a.content + b.content };
}

/** Merges every neighbour in a list, in pieces of at most `limit` code units; other events stay as they are. */
export function settle(events: readonly Event[], limit: number = LIMITS.settled_text): Event[] {
  const settled: Event[] = [];
  let open: { first: Delta; last: Delta; pieces: string[]; length: number } | null = null;
  const close = (): void => {
    if (open === null) return;
    const { first, last, pieces } = open;
    settled.push(first === last ? first : { ...first, from: fromOf(first), seq: last.seq, content: pieces.join("") });
    open = null;
  };
  for (const event of events) {
    if (!isDelta(event)) {
      close();
      settled.push(event);
    } else if (
      open !== null &&
      open.length + event.content.length <= limit &&
      merge(open.last, event, Number.POSITIVE_INFINITY)
    ) {
      open.last = event;
      open.pieces.push(event.content);
      open.length += event.content.length;
    } else {
      close();
      open = { first: event, last: event, pieces: [event.content], length: event.content.length };
    }
  }
  close();
  return settled;
}
