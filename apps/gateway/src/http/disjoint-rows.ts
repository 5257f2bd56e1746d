import { eventOf, type Row, rowOfEvent } from "@millrace/store";
import { cutOverlap } from "./cut-overlap.ts";

/** A page of rows, of which the first begins where the row before it, the last of the page before, ends. */
export function disjointRows(session_id: string, before: Row | null, rows: readonly Row[]): readonly Row[] {
  const [first, ...rest] = rows;
  if (before === null || first === undefined || first.from > before.seq) return rows;
  return [rowOfEvent(cutOverlap(eventOf(session_id, first), eventOf(session_id, before))), ...rest];
}
