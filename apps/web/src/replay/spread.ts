import { type Event, fromOf, isDelta } from "@millrace/protocol";

/** A log cut into what is shown piece by piece. */
export interface Spread {
  /** Folds to the same view as the log at each of `ends`. Times never fall. */
  readonly pieces: readonly Event[];
  /** For each event of the log: how many pieces there are up to its end. */
  readonly ends: readonly number[];
}

/** Milliseconds between two pieces of one delta: closer ones would share a frame anyway. */
const APART = 40;
/** Milliseconds that one stored piece of a delta is taken to have lasted at most. */
const SLOWEST = 250;

/**
 * Stored deltas are merged and carry the time of their first piece only. Here each is cut again, into at most as many
 * pieces as it was merged from, over the time until the next event: a replayed answer grows as it did, and does not
 * appear at once.
 */
export function spread(events: readonly Event[]): Spread {
  const pieces: Event[] = [];
  const ends: number[] = [];
  let clock = 0;
  events.forEach((event, index) => {
    clock = Math.max(clock, event.ts);
    const until = Math.max(clock, events[index + 1]?.ts ?? clock);
    for (const piece of cut(event, clock, until)) pieces.push(piece);
    ends.push(pieces.length);
  });
  return { pieces, ends };
}

function cut(event: Event, ts: number, until: number): readonly Event[] {
  const from = fromOf(event);
  const merged = event.seq - from + 1;
  if (!isDelta(event) || merged === 1) return [event.ts === ts ? event : { ...event, ts }];
  const { content, offset } = event;
  const lasts = Math.min(until - ts, merged * SLOWEST);
  const count = Math.max(1, Math.min(merged, content.length, Math.ceil(lasts / APART)));
  return Array.from({ length: count }, (_, index) => {
    const begin = letterAt(content, Math.floor((content.length * index) / count));
    const end = letterAt(content, Math.floor((content.length * (index + 1)) / count));
    return {
      ...event,
      ts: Math.round(ts + (lasts * index) / count),
      from: from + Math.floor((merged * index) / count),
      seq: from + Math.floor((merged * (index + 1)) / count) - 1,
      offset: offset + begin,
      content: content.slice(begin, end),
    };
  });
}

/** The place itself, or the one before where it would halve a surrogate pair. */
function letterAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return at > 0 && code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
