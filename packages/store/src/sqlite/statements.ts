import type { DatabaseSync, StatementSync } from "node:sqlite";

/** What the log asks of the database, prepared once. */
export interface Statements {
  readonly insertJournal: StatementSync;
  readonly readJournal: StatementSync;
  readonly deleteJournal: StatementSync;
  readonly scanJournal: StatementSync;
  readonly covered: StatementSync;
  readonly readEvents: StatementSync;
  readonly insertEvent: StatementSync;
  readonly deleteEvents: StatementSync;
  readonly findId: StatementSync;
  readonly insertId: StatementSync;
  readonly insertText: StatementSync;
  readonly insertSession: StatementSync;
  readonly updateSession: StatementSync;
  readonly findSession: StatementSync;
}

export function statements(db: DatabaseSync): Statements {
  const prepare = (sql: string): StatementSync => db.prepare(sql);
  return {
    insertJournal: prepare("INSERT INTO journal (position, session, seq, body, sum) VALUES (?, ?, ?, ?, ?)"),
    readJournal: prepare("SELECT body, sum FROM journal WHERE position = ?"),
    deleteJournal: prepare("DELETE FROM journal WHERE position BETWEEN ? AND ?"),
    scanJournal: prepare(
      `SELECT position, journal.seq, session_id, coalesce((SELECT first FROM events WHERE events.session = journal.session
         AND events.seq >= journal.seq ORDER BY events.seq LIMIT 1) <= journal.seq, 0) AS settled
       FROM journal JOIN sessions ON sessions.key = journal.session ORDER BY position`,
    ),
    covered: prepare(
      `SELECT coalesce(min(first), ?2) AS first, coalesce(sum(seq - first + 1), 0) AS positions
       FROM events WHERE session = ?1 AND seq BETWEEN ?2 AND ?3`,
    ),
    readEvents: prepare(
      `SELECT seq, first AS "from", body, sum FROM events WHERE session = ? AND seq > ? ORDER BY seq LIMIT ?`,
    ),
    insertEvent: prepare("INSERT INTO events (session, seq, first, body, sum) VALUES (?, ?, ?, ?, ?)"),
    deleteEvents: prepare("DELETE FROM events WHERE session = ? AND seq BETWEEN ? AND ?"),
    findId: prepare("SELECT seq FROM ids WHERE session = ? AND id = ?"),
    insertId: prepare("INSERT INTO ids (session, id, seq) VALUES (?, ?, ?)"),
    insertText: prepare("INSERT INTO texts (session, seq, content) VALUES (?, ?, ?)"),
    insertSession: prepare(
      `INSERT INTO sessions (session_id, user_id, title, status, epoch, created_at, updated_at)
       VALUES (?, ?, ?, 'idle', ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    updateSession: prepare(
      `UPDATE sessions SET title = coalesce(?, title), model = coalesce(?, model), status = coalesce(?, status),
       updated_at = coalesce(?, updated_at) WHERE key = ?`,
    ),
    findSession: prepare(
      `SELECT key, (SELECT coalesce(max(seq), 0) FROM events WHERE events.session = sessions.key) AS head
       FROM sessions WHERE session_id = ? AND status <> 'deleted'`,
    ),
  };
}
