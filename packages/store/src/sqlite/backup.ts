import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../log-store.ts";
import { openDatabase, storeError, transaction } from "./open.ts";

/**
 * Copies a database that is in use into a file that must not exist yet; the copy is of one moment. What is to be stored
 * waits meanwhile: SQLite's stepwise backup fails where a step falls into a transaction of its own connection.
 *
 * @throws StoreError
 */
export async function backUp(db: DatabaseSync, file: string): Promise<void> {
  const partial = `${file}.partial`;
  try {
    if (existsSync(file)) throw new StoreError("unavailable", `${file} exists already.`);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rmSync(partial, { force: true });
    closeSync(openSync(partial, "wx", 0o600));
    db.prepare("VACUUM INTO ?").run(partial);
    renameSync(partial, file);
  } catch (error) {
    if (existsSync(partial)) rmSync(partial);
    throw storeError(error);
  }
}

/**
 * Puts a backup into a folder that holds no log, and renews its epochs: viewers whose cursors come from what was lost
 * then begin anew instead of taking other events for theirs. @returns how many sessions @throws StoreError
 */
export function restoreBackup(file: string, folder: string): number {
  const target = join(folder, "millrace.db");
  if (existsSync(target)) throw new StoreError("in_use", `${target} exists: move the old data folder away first.`);
  const restoring = join(folder, "restoring");
  try {
    rmSync(restoring, { recursive: true, force: true });
    mkdirSync(restoring, { recursive: true, mode: 0o700 });
    copyFileSync(file, join(restoring, "millrace.db"));
    const sessions = renewEpochs(restoring);
    renameSync(join(restoring, "millrace.db"), target);
    return sessions;
  } catch (error) {
    throw storeError(error);
  } finally {
    rmSync(restoring, { recursive: true, force: true });
  }
}

/**
 * Gives every session of a folder that nobody uses a new epoch, for one whose files were put back by other means.
 *
 * @returns how many sessions
 * @throws StoreError `in_use`; `unavailable` where there is no log, or it is damaged
 */
export function renewEpochs(folder: string): number {
  if (!existsSync(join(folder, "millrace.db"))) throw new StoreError("unavailable", `There is no log in ${folder}.`);
  const db = openDatabase(folder);
  try {
    const { quick_check } = db.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
    if (quick_check !== "ok") throw new StoreError("unavailable", `The log in ${folder} is damaged: ${quick_check}.`);
    const renewed = transaction(db, () =>
      db.prepare("UPDATE sessions SET epoch = lower(hex(randomblob(16))) WHERE status <> 'deleted'").run(),
    );
    return Number(renewed.changes);
  } finally {
    db.close();
  }
}
