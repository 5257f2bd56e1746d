import { AFTER, BEFORE, excerpt } from "./excerpt.ts";
import type {
  Append,
  Appended,
  EntryResult,
  Found,
  FoundSession,
  LogStore,
  Row,
  SessionIndex,
  SessionQuery,
  SessionRow,
} from "./log-store.ts";
import { pageAfter, pageCursor, searchText } from "./page.ts";
import { pageOf, rangeOf } from "./row.ts";

interface Held {
  row: SessionRow;
  rows: Row[];
  ids: Map<string, number>;
  texts: { readonly seq: number; readonly text: string }[];
  order: number;
}

/** The log in memory: for tests and throw-away gateways. Nothing survives the process. */
export class MemoryStore implements LogStore {
  readonly sessions: SessionIndex;
  #held = new Map<string, Held>();
  #removed = new Set<string>();
  #made = 0;

  constructor() {
    this.sessions = {
      get: async (session_id) => this.#held.get(session_id)?.row ?? null,
      list: async (query) => this.#list(query),
      unfinished: async () => this.#unfinished(),
      remove: async (session_id) => {
        const removed = this.#held.delete(session_id);
        if (removed) this.#removed.add(session_id);
        return removed;
      },
    };
  }

  async append(batch: readonly Append[]): Promise<readonly Appended[]> {
    // What cannot be written as JSON fails here, before anything has changed.
    const bodies = batch.map(({ entries }) => entries.map(({ event }) => JSON.stringify(event)));
    return batch.map((append, index) => this.#append(append, bodies[index] ?? []));
  }

  async read(session_id: string, after: number, limit: number): Promise<readonly Row[]> {
    const rows = this.#held.get(session_id)?.rows ?? [];
    const start = rows.findIndex((row) => row.seq > after);
    return start < 0 ? [] : pageOf(rows.slice(start, start + limit), limit);
  }

  async settle(session_id: string, rows: readonly Row[]): Promise<void> {
    const held = this.#held.get(session_id);
    const range = rangeOf(rows);
    if (held === undefined || range === null) return;
    const { from, to } = range;
    const start = held.rows.findIndex((row) => row.from === from);
    const end = held.rows.findLastIndex((row) => row.seq === to);
    if (start < 0 || end < start) throw new RangeError(`Positions ${from} to ${to} are not a range of stored rows.`);
    held.rows.splice(start, end - start + 1, ...rows);
  }

  async close(): Promise<void> {
    this.#held.clear();
  }

  #append({ session_id, create, entries, summary }: Append, bodies: readonly string[]): Appended {
    let held = this.#held.get(session_id);
    if (held === undefined) {
      if (create === undefined || this.#removed.has(session_id)) return { session_id, missing: true };
      const { user_id, title, epoch, created_at } = create;
      const row: SessionRow = {
        session_id,
        user_id,
        title,
        model: null,
        status: "idle",
        head: 0,
        epoch,
        created_at,
        updated_at: created_at,
      };
      held = { row, rows: [], ids: new Map(), texts: [], order: this.#made++ };
      this.#held.set(session_id, held);
    }
    const target = held;
    const results = entries.map(({ event, id }, index): EntryResult => {
      const known = id === undefined ? undefined : target.ids.get(id);
      if (known !== undefined) return { duplicate: true, seq: known };
      const seq = (target.rows.at(-1)?.seq ?? 0) + 1;
      const row = { seq, from: seq, body: bodies[index] ?? "" };
      target.rows.push(row);
      if (id !== undefined) target.ids.set(id, seq);
      const text = searchText(event);
      if (text !== null) target.texts.push({ seq, text });
      return { duplicate: false, row };
    });
    target.row = { ...target.row, ...summary, head: target.rows.at(-1)?.seq ?? 0 };
    return { session_id, missing: false, results };
  }

  #list({ user_id, limit, q, cursor }: SessionQuery): { sessions: FoundSession[]; next: string | null } {
    const after = pageAfter(cursor);
    const needle = q?.toLowerCase() ?? "";
    const found = [...this.#held.values()]
      .filter(({ row }) => row.user_id === user_id)
      .filter(
        ({ row, texts }) =>
          row.title.toLowerCase().includes(needle) || texts.some(({ text }) => text.toLowerCase().includes(needle)),
      )
      .sort((a, b) => b.row.updated_at - a.row.updated_at || b.order - a.order)
      .filter(
        ({ row, order }) =>
          after === null ||
          row.updated_at < after.updated_at ||
          (row.updated_at === after.updated_at && order < after.key),
      );
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next = found.length > limit && last !== undefined ? pageCursor(last.row.updated_at, last.order) : null;
    return { sessions: page.map(({ row, texts }) => ({ ...row, ...foundIn(texts, needle) })), next };
  }

  #unfinished(): string[] {
    return [...this.#held.values()]
      .filter(({ row }) => row.status === "running" || row.status === "waiting")
      .map(({ row }) => row.session_id);
  }
}

function foundIn(texts: Held["texts"], needle: string): { found?: Found } {
  if (needle === "") return {};
  const held = texts.find(({ text }) => text.toLowerCase().includes(needle));
  if (held === undefined) return {};
  const letters = [...held.text];
  const at = [...held.text.slice(0, held.text.toLowerCase().indexOf(needle))].length;
  const piece = letters.slice(Math.max(0, at - BEFORE), at + needle.length + AFTER).join("");
  return { found: { seq: held.seq, text: excerpt(piece, at, letters.length) } };
}
