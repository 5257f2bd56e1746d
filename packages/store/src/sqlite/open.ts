import { chmodSync, closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../log-store.ts";
import { migrate } from "./schema.ts";

/** SQLite's primary result codes that mean something to us. */
const BUSY = 5;
const FULL = 13;

export const databaseFile = (folder: string): string => join(folder, "millrace.db");

/** Lies beside the database while it is open, and after a crash: then its write-ahead log must be there too. */
const openMark = (folder: string): string => join(folder, "millrace.open");

/**
 * Opens (or makes) `millrace.db` in a folder that this process then holds alone.
 *
 * @param acceptLoss goes on without a write-ahead log that was taken away
 * @throws StoreError
 */
export function openDatabase(folder: string, acceptLoss = false): DatabaseSync {
  const file = databaseFile(folder);
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!acceptLoss && existsSync(openMark(folder)) && existsSync(file) && !existsSync(`${file}-wal`)) {
      throw new StoreError("damaged", `The log is damaged: ${file}-wal is gone, and with it what was stored last.`);
    }
    makePrivate(file);
    db = new DatabaseSync(file, { timeout: 0 });
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    db.exec("PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY");
    // The exclusive lock is taken by the first write transaction, not by the pragma.
    db.exec("BEGIN IMMEDIATE; COMMIT");
    migrate(db);
    writeFileSync(openMark(folder), "", { mode: 0o600 });
    return db;
  } catch (error) {
    db?.close();
    if (resultCode(error) === BUSY) {
      throw new StoreError("in_use", `The data folder ${folder} is in use by another gateway.`, { cause: error });
    }
    throw storeError(error);
  }
}

/** The mark goes first: a crash between the two leaves the write-ahead log, which is then read as ever. */
export function closeDatabase(db: DatabaseSync, folder: string): void {
  rmSync(openMark(folder), { force: true });
  db.close();
}

/** Before SQLite opens it, because the write-ahead log gets the mode that the file has then. */
function makePrivate(file: string): void {
  try {
    // Never opens an existing file: closing it would drop the locks that this process holds on it.
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    chmodSync(file, 0o600);
  }
}

/**
 * Runs `work` in one write transaction. With `NORMAL` it is atomic, but a loss of power may undo it until the next
 * transaction is synced: for work that can be lost and done again. @throws StoreError when nothing of it was stored
 */
export function transaction<T>(db: DatabaseSync, work: () => T, synchronous: "FULL" | "NORMAL" = "FULL"): T {
  const relaxed = synchronous === "NORMAL";
  try {
    db.exec(relaxed ? "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE");
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk has already ended the transaction; rolling back again would hide the cause.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw storeError(error);
  } finally {
    if (relaxed) db.exec("PRAGMA synchronous = FULL");
  }
}

/** A failure of SQLite as a {@link StoreError}. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const sqlite = extendedCode(error);
  const system = error instanceof Error && "code" in error ? error.code : null;
  if (resultCode(error) === FULL || sqlite === IOERR_WRITE || system === "ENOSPC" || system === "EDQUOT") {
    return new StoreError("full", "The disk is full.", { cause: error });
  }
  const why = error instanceof Error ? error.message : String(error);
  const code = sqlite === null ? "" : ` (SQLite ${sqlite})`;
  return new StoreError("unavailable", `The store failed: ${why}${code}.`, { cause: error });
}

/** What a write beyond a file size limit or quota gives. */
const IOERR_WRITE = 778;

function extendedCode(error: unknown): number | null {
  const code = error instanceof Error && "errcode" in error ? error.errcode : null;
  return typeof code === "number" ? code : null;
}

function resultCode(error: unknown): number | null {
  const code = extendedCode(error);
  return code === null ? null : code & 0xff;
}
