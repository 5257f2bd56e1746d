import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { AFTER, BEFORE, excerpt } from "../excerpt.ts";
import type { Found, FoundSession, SessionIndex, SessionQuery, SessionRow } from "../log-store.ts";
import { pageAfter, pageCursor } from "../page.ts";
import { transaction } from "./open.ts";
import type { Known } from "./sqlite-store.ts";

type StoredSession = Omit<SessionRow, "head"> & { key: number };
/** A row of the list, which is in order of both. */
type Place = Pick<StoredSession, "updated_at" | "key">;

/** Sessions that are searched in one turn of the event loop. */
const SLICE = 64;

/** The sessions' index beside the log, in the same file. */
export class SqliteSessions implements SessionIndex {
  readonly #db: DatabaseSync;
  readonly #sql: ReturnType<typeof statements>;
  readonly #find: (session_id: string) => Known | null;
  readonly #forget: (session_id: string) => void;
  #searching = 0;

  constructor(db: DatabaseSync, find: (session_id: string) => Known | null, forget: (session_id: string) => void) {
    this.#db = db;
    this.#sql = statements(db);
    this.#find = find;
    this.#forget = forget;
  }

  async get(session_id: string): Promise<SessionRow | null> {
    const row = this.#sql.get.get(session_id);
    return row === undefined ? null : this.#session(row as unknown as StoredSession);
  }

  async list({
    user_id,
    limit,
    q = "",
    cursor,
  }: SessionQuery): Promise<{ sessions: FoundSession[]; next: string | null }> {
    const after = pageAfter(cursor);
    const rows = q === "" ? this.#behind(user_id, after, limit + 1) : await this.#search(user_id, q, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last !== undefined ? pageCursor(last.updated_at, last.key) : null;
    return { sessions: page.map((row) => ({ ...this.#session(row), ...this.#foundIn(row.key, q) })), next };
  }

  /** Resolves when nothing is searched any more. */
  async idle(): Promise<void> {
    while (this.#searching > 0) await setImmediate();
  }

  #behind(user_id: string, after: Place | null, limit: number): StoredSession[] {
    const { updated_at = null, key = null } = after ?? {};
    return this.#sql.list.all({ user_id, updated_at, key, limit }) as unknown as StoredSession[];
  }

  /** Looks through all texts of some sessions in each turn of the event loop, so that no commit waits for the whole. */
  async #search(user_id: string, q: string, after: Place | null, most: number): Promise<StoredSession[]> {
    const found: StoredSession[] = [];
    this.#searching += 1;
    try {
      for (let place = after; ; await setImmediate()) {
        const slice = this.#behind(user_id, place, SLICE);
        for (const row of slice) if (this.#sql.matches.get({ key: row.key, q })?.matches === 1) found.push(row);
        place = slice.at(-1) ?? null;
        if (found.length >= most || slice.length < SLICE) return found.slice(0, most);
      }
    } finally {
      this.#searching -= 1;
    }
  }

  #foundIn(key: number, q: string): { found?: Found } {
    if (q === "") return {};
    const row = this.#sql.found.get({ key, q, before: BEFORE, after: q.length + AFTER }) as
      | { seq: number; text: string; at: number; size: number }
      | undefined;
    return row === undefined ? {} : { found: { seq: row.seq, text: excerpt(row.text, row.at, row.size) } };
  }

  async unfinished(): Promise<readonly string[]> {
    return this.#sql.unfinished.all().map((row) => row.session_id as string);
  }

  async remove(session_id: string): Promise<boolean> {
    const known = this.#find(session_id);
    if (known === null) return false;
    transaction(this.#db, () => {
      for (const statement of this.#sql.remove) statement.run(known.key);
    });
    this.#forget(session_id);
    return true;
  }

  #session({ key: _key, ...row }: StoredSession): SessionRow {
    return { ...row, head: this.#find(row.session_id)?.head ?? 0 };
  }
}

function statements(db: DatabaseSync) {
  return {
    get: db.prepare("SELECT * FROM sessions WHERE session_id = ? AND status <> 'deleted'"),
    list: db.prepare(
      `SELECT * FROM sessions WHERE user_id = :user_id AND status <> 'deleted'
         AND (:updated_at IS NULL OR (updated_at, key) < (:updated_at, :key))
       ORDER BY updated_at DESC, key DESC LIMIT :limit`,
    ),
    matches: db.prepare(
      `SELECT instr(lower(title), lower(:q)) > 0 OR EXISTS (
         SELECT 1 FROM texts WHERE texts.session = sessions.key AND instr(lower(content), lower(:q)) > 0
       ) AS matches FROM sessions WHERE key = :key`,
    ),
    found: db.prepare(
      `SELECT seq, at - 1 AS at, length(content) AS size, substr(content, max(1, at - :before), min(at - 1, :before) + :after) AS text FROM (
         SELECT seq, content, instr(lower(content), lower(:q)) AS at FROM texts WHERE session = :key
       ) WHERE at > 0 ORDER BY seq LIMIT 1`,
    ),
    unfinished: db.prepare("SELECT session_id FROM sessions WHERE status IN ('running', 'waiting')"),
    remove: [
      ...["journal", "events", "ids", "texts"].map((table) => db.prepare(`DELETE FROM ${table} WHERE session = ?`)),
      db.prepare("UPDATE sessions SET status = 'deleted', title = '' WHERE key = ?"),
    ],
  };
}
