import { READ_LENGTH, type Row } from "./log-store.ts";

/** The positions that rows cover together; null without rows. @throws RangeError where they leave a hole or overlap */
export function rangeOf(rows: readonly Row[]): { from: number; to: number } | null {
  const first = rows[0];
  if (first === undefined) return null;
  let to = first.from - 1;
  for (const { from, seq } of rows) {
    if (from !== to + 1 || seq < from) throw new RangeError(`Rows are not contiguous at position ${to + 1}.`);
    to = seq;
  }
  return { from: first.from, to };
}

/** What one read gives of the rows behind its cursor. Takes no more of them than it gives. */
export function pageOf(rows: Iterable<Row>, limit: number): Row[] {
  const page: Row[] = [];
  let length = 0;
  for (const row of rows) {
    page.push(row);
    length += row.body.length;
    if (page.length >= limit || length >= READ_LENGTH) break;
  }
  return page;
}
