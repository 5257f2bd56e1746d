import { frameOf, type LogStore, type Row } from "@millrace/store";
import { disjointRows } from "./disjoint-rows.ts";

/** Rows that are read at a time, at most. */
const PAGE = 100;

/** What begins behind `after` and not behind `to`, which is stored; at most `limit` rows of it. */
export interface LogRange {
  readonly after: number;
  readonly to: number;
  readonly limit?: number;
}

/** The frames of a part of the log, page by page: the next is read when somebody asks for it. */
export async function* logPages(
  store: Pick<LogStore, "read">,
  session_id: string,
  { after, to, limit = Number.POSITIVE_INFINITY }: LogRange,
): AsyncGenerator<readonly string[]> {
  let left = limit;
  let last: Row | null = null;
  for (let cursor = after; cursor < to && left > 0; ) {
    const page = await pageOf(store, session_id, { cursor, to, most: Math.min(left, PAGE), before: last });
    yield page.frames;
    left -= page.frames.length;
    last = page.last;
    cursor = last.seq;
  }
}

async function pageOf(
  store: Pick<LogStore, "read">,
  session_id: string,
  { cursor, to, most, before }: { cursor: number; to: number; most: number; before: Row | null },
): Promise<{ frames: readonly string[]; last: Row }> {
  const stored = (await store.read(session_id, cursor, most)).filter(({ from }) => from <= to);
  const rows = disjointRows(session_id, before, stored);
  const last = rows.at(-1);
  if (last === undefined) throw new Error("The log ends before its head.");
  return { frames: rows.map((row) => frameOf(session_id, row)), last };
}
