import type { Append, Appended, Entry, EntryResult } from "./log-store.ts";
import { searchText } from "./page.ts";

/** An append whose events are text already: what crosses to another thread or database. */
export interface WrittenAppend extends Omit<Append, "entries"> {
  readonly entries: readonly WrittenEntry[];
}

export interface WrittenEntry extends Omit<Entry, "event"> {
  readonly body: string;
  /** What of it people search in; null for most. */
  readonly text: string | null;
}

/** For each append the positions of its entries, negative where a duplicate holds it; null where there is no session. */
export type Positions = readonly (readonly number[] | null)[];

export function written(batch: readonly Append[]): WrittenAppend[] {
  return batch.map((append) => ({ ...append, entries: append.entries.map(writtenEntry) }));
}

function writtenEntry({ event, id }: Entry): WrittenEntry {
  return { body: JSON.stringify(event), text: searchText(event), ...(id !== undefined && { id }) };
}

/** What became of a batch that was stored at these positions. */
export function appendedAt(batch: readonly WrittenAppend[], positions: Positions): Appended[] {
  return batch.map(({ session_id, entries }, index) => {
    const stored = positions[index];
    if (stored === null || stored === undefined) return { session_id, missing: true };
    return { session_id, missing: false, results: entries.map((entry, at) => resultAt(entry, stored[at] as number)) };
  });
}

function resultAt({ body }: WrittenEntry, seq: number): EntryResult {
  return seq < 0 ? { duplicate: true, seq: -seq } : { duplicate: false, row: { seq, from: seq, body } };
}
