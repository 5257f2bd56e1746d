import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../log-store.ts";
import { acceptDamage, checkLog } from "./check.ts";
import { closeDatabase, openDatabase, storeError, transaction } from "./open.ts";

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
    const sessions = renew(restoring, false);
    renameSync(join(restoring, "millrace.db"), target);
    return sessions;
  } catch (error) {
    throw storeError(error);
  } finally {
    rmSync(restoring, { recursive: true, force: true });
  }
}

/**
 * Gives every session of a folder that nobody uses a new epoch, for one whose files were put back by other means. Events
 * that have changed on the disk, and a write-ahead log that is gone, are taken as they are from now on.
 *
 * @returns how many sessions
 * @throws StoreError `in_use`; `unavailable` where there is no log; `damaged` where it cannot be read
 */
export function renewEpochs(folder: string): number {
  return renew(folder, true);
}

function renew(folder: string, acceptsDamage: boolean): number {
  if (!existsSync(join(folder, "millrace.db"))) throw new StoreError("unavailable", `There is no log in ${folder}.`);
  const db = openDatabase(folder, acceptsDamage);
  try {
    if (acceptsDamage) acceptDamage(db);
    checkLog(db);
    const renewed = transaction(db, () =>
      db.prepare("UPDATE sessions SET epoch = lower(hex(randomblob(16))) WHERE status <> 'deleted'").run(),
    );
    return Number(renewed.changes);
  } finally {
    closeDatabase(db, folder);
  }
}
