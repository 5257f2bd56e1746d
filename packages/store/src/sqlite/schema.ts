import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../log-store.ts";

/**
 * One statement list per version; the n-th brings a database from version n to n + 1.
 *
 * `journal` takes every new event, in the order of arrival, so that a commit writes a few pages however many
 * sessions stream at once. `events` holds what was settled, by session. A session's log is both, in order of `seq`; a
 * journal row whose position an `events` row covers is void and waits to be deleted. `texts` is what people search in.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE sessions (
     key INTEGER PRIMARY KEY,
     session_id TEXT NOT NULL UNIQUE,
     user_id TEXT NOT NULL,
     title TEXT NOT NULL,
     model TEXT,
     status TEXT NOT NULL,
     epoch TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX sessions_by_user ON sessions (user_id, updated_at DESC, key DESC);
   CREATE INDEX sessions_unfinished ON sessions (status) WHERE status IN ('running', 'waiting');
   CREATE TABLE journal (
     position INTEGER PRIMARY KEY,
     session INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE TABLE events (
     session INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     first INTEGER NOT NULL,
     body TEXT NOT NULL,
     PRIMARY KEY (session, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE ids (
     session INTEGER NOT NULL,
     id TEXT NOT NULL,
     seq INTEGER NOT NULL,
     PRIMARY KEY (session, id)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE texts (
     session INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     content TEXT NOT NULL,
     PRIMARY KEY (session, seq)
   ) STRICT, WITHOUT ROWID;`,
  "ALTER TABLE journal ADD COLUMN sum INTEGER; ALTER TABLE events ADD COLUMN sum INTEGER;",
];

/** Brings a database to the newest version, in one transaction: an interrupted boot leaves the old version whole. */
export function migrate(db: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  const { user_version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (user_version > migrations.length) {
    throw new StoreError(
      "too_new",
      `The data was written by a newer version (schema ${user_version}, known ${migrations.length}).`,
    );
  }
  if (user_version === migrations.length) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const statements of migrations.slice(user_version)) db.exec(statements);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
