import type { Event } from "../events/events.ts";
import { isDelta } from "../events/kinds.ts";
import { merge } from "../merge.ts";

/**
 * The same log in other groups: a pair of neighbouring deltas is merged where `joins` says so (read round and round,
 * one entry per event). `[true]` merges all that can be merged.
 */
export function regroup(log: readonly Event[], joins: readonly boolean[]): Event[] {
  const groups: Event[] = [];
  log.forEach((event, index) => {
    const last = groups.at(-1);
    const merged =
      last !== undefined && joins[index % joins.length] ? merge(last, event, Number.POSITIVE_INFINITY) : null;
    if (merged === null) groups.push(event);
    else groups[groups.length - 1] = merged;
  });
  return groups;
}

/**
 * The same conversation in the smallest pieces: each delta becomes one delta per UTF-16 code unit, through surrogate
 * pairs too, and every position after it moves. Regrouped, it is the log cut at any offset.
 */
export function explode(log: readonly Event[]): Event[] {
  const moved = new Map<number, number>();
  let seq = 0;
  for (const event of log) {
    moved.set(event.seq, seq + 1);
    seq += units(event).length;
  }
  const at = (old: number): number => moved.get(old) ?? old;
  return log.flatMap((event): Event[] => {
    if (isDelta(event)) {
      return units(event).map((content, index) => ({
        ...event,
        content,
        offset: event.offset + index,
        seq: at(event.seq) + index,
      }));
    }
    const placed = { ...event, seq: at(event.seq) };
    if (placed.type === "retry") return [{ ...placed, discard_from: at(placed.discard_from) }];
    if (placed.type === "compact") return [{ ...placed, covers_to: at(placed.covers_to) }];
    return [placed];
  });
}

const units = (event: Event): string[] => (isDelta(event) && event.content !== "" ? event.content.split("") : [""]);
