import { type Event, fromOf, isDelta } from "@millrace/protocol";

/**
 * The event without the positions that the one told before it covers, so that one answer tells each of them once. While
 * a log is settled, what is read next can begin in the middle of what was read before.
 *
 * @param before null where nothing was told before: a range in which the reader's position lies stays whole (READ-2)
 */
export function cutOverlap(event: Event, before: Event | null): Event {
  if (before === null || fromOf(event) > before.seq || !isDelta(event) || !isDelta(before)) return event;
  const { from: _from, ...delta } = event;
  const offset = before.offset + before.content.length;
  const content = event.content.slice(offset - event.offset);
  const first = before.seq + 1;
  return { ...delta, ...(first === event.seq ? {} : { from: first }), offset, content };
}
