import { type Event, type NewEvent, NO_USAGE, settle } from "@millrace/protocol";
import { expect, onTestFinished } from "vitest";
import { eventOf, rowOfEvent } from "../frame.ts";
import type { Append, Appended, Entry, EntryResult, LogStore, NewSession, Row } from "../log-store.ts";

export interface OpenedStore {
  /** Without any session. */
  readonly store: LogStore;
  /** Closes the store and opens what it left; absent where nothing survives. */
  reopen?(): Promise<LogStore>;
}

export type OpenLogStore = () => Promise<OpenedStore>;

/** The store of a test, closed with it. */
export class Subject {
  store: LogStore;
  readonly #opened: OpenedStore;

  private constructor(opened: OpenedStore) {
    this.#opened = opened;
    this.store = opened.store;
  }

  static async of(open: OpenLogStore): Promise<Subject> {
    const subject = new Subject(await open());
    onTestFinished(() => subject.store.close());
    return subject;
  }

  /** Does nothing where nothing survives. */
  async reopen(): Promise<void> {
    if (this.#opened.reopen !== undefined) this.store = await this.#opened.reopen();
  }
}

export const NEW: NewSession = { user_id: "ann", title: "New", epoch: "epoch-1", created_at: 1_000 };

export function said(content: string, message_id = "m1"): NewEvent {
  return { type: "user_message", ts: 1, message_id, content, mode: "queue" };
}

export function answered(content: string): NewEvent {
  return { type: "done", ts: 1, run_id: "r1", content, steps: 1, reason: "completed", usage: NO_USAGE };
}

export function printed(content: string): NewEvent {
  const outcome = { outcome: "completed", success: true, error: null, execution_time: 0 } as const;
  return { type: "tool_result", ts: 1, run_id: "r1", tool_call_id: "c1", tool_name: "shell", content, ...outcome };
}

export function delta(offset: number, content: string, block_id = "b1"): NewEvent {
  return { type: "text_delta", ts: 1, run_id: "r1", block_id, offset, content };
}

/** Deltas of one block, one for each piece. */
export function deltas(...pieces: readonly string[]): NewEvent[] {
  let offset = 0;
  return pieces.map((piece) => {
    offset += piece.length;
    return delta(offset - piece.length, piece);
  });
}

/** Makes a session that holds these events. */
export async function seed(store: LogStore, session_id: string, events: readonly NewEvent[]): Promise<readonly Row[]> {
  return rowsOf(await appendOne(store, { session_id, create: NEW, entries: events.map((event) => ({ event })) }));
}

export async function appendOne(store: LogStore, append: Append): Promise<Appended> {
  const [appended] = await store.append([append]);
  if (appended === undefined) throw new Error("append answered nothing");
  return appended;
}

export async function appendEntries(store: LogStore, session_id: string, ...entries: Entry[]): Promise<EntryResult[]> {
  const appended = await appendOne(store, { session_id, entries });
  if (appended.missing) throw new Error(`${session_id} is missing`);
  return [...appended.results];
}

/** The new rows of an append. */
export function rowsOf(appended: Appended | undefined): Row[] {
  if (appended === undefined || appended.missing) throw new Error("the session is missing");
  return appended.results.flatMap((result) => (result.duplicate ? [] : [result.row]));
}

/** The stored rows from one position to another, merged as far as `limit` code units allow. */
export async function settleRange(
  store: LogStore,
  session_id: string,
  from: number,
  to: number,
  limit?: number,
): Promise<void> {
  const rows = (await readAll(store, session_id)).filter((row) => row.from >= from && row.seq <= to);
  await store.settle(session_id, mergedRows(session_id, rows, limit));
}

export function mergedRows(session_id: string, rows: readonly Row[], limit?: number): Row[] {
  const events = rows.map((row) => eventOf(session_id, row));
  return settle(events, limit).map(rowOfEvent);
}

export async function readAll(store: LogStore, session_id: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await store.read(session_id, rows.at(-1)?.seq ?? 0, Number.MAX_SAFE_INTEGER);
    if (page.length === 0) return plain(rows);
    rows.push(...page);
  }
}

export async function eventsOf(store: LogStore, session_id: string): Promise<Event[]> {
  return (await readAll(store, session_id)).map((row) => eventOf(session_id, row));
}

/** Rows without the prototype that a database gives them. */
export function plain(rows: readonly Row[]): Row[] {
  return rows.map(({ seq, from, body }) => ({ seq, from, body }));
}

/** Checks that rows cover `(after, head]` exactly once, but for the part of a merged row before `after`. */
export function expectCover(rows: readonly Row[], after: number, head: number): void {
  let covered = after;
  for (const row of rows) {
    expect(row.from, "a hole or an overlap").toBe(covered === after ? Math.min(row.from, after + 1) : covered + 1);
    covered = row.seq;
  }
  expect(covered).toBe(head);
}

/** `seq`s of a list of rows, merged ones as `from-seq`. */
export function ranges(rows: readonly Row[]): string {
  return rows.map((row) => (row.from === row.seq ? `${row.seq}` : `${row.from}-${row.seq}`)).join(" ");
}
