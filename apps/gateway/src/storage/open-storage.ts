import { join } from "node:path";
import { type LogStore, openSqliteStore, type SqliteLog } from "@millrace/store";
import type { Settings } from "../settings.ts";
import { StorageHealth } from "./storage-health.ts";
import { type CommitMeter, freeBytes, WatchedStore } from "./watched-store.ts";

/** Where the sessions are stored, and how it fares. */
export interface Storage {
  readonly store: LogStore;
  readonly health: StorageHealth;
  /** Copies what is stored now into a new file in the data folder. @returns its path @throws StoreError */
  backup(): Promise<string>;
}

export interface StorageParts {
  /** Instead of the SQLite file in the data folder. */
  readonly store?: LogStore | undefined;
  readonly meter: Promise<CommitMeter>;
}

/** Opens the store; closing the returned one closes it. @throws StoreError */
export async function openStorage({ data_dir, limits }: Settings, { store, meter }: StorageParts): Promise<Storage> {
  const sqlite = store === undefined ? await openSqliteStore(data_dir) : null;
  const health = new StorageHealth({ limits, now: () => performance.now(), after });
  const watched = new WatchedStore(store ?? (sqlite as SqliteLog), {
    health,
    meter: await meter,
    look_ms: limits.store_retry_ms,
    free: async () => (sqlite === null ? Number.POSITIVE_INFINITY : freeBytes(data_dir)),
  });
  const backup = async (): Promise<string> => {
    if (sqlite === null) throw new Error("Only the built-in store can be backed up.");
    const time = new Date().toISOString().replaceAll(/[:-]|\.\d+/g, "");
    const file = join(data_dir, "backups", `millrace-${time}.db`);
    await sqlite.backup(file);
    return file;
  };
  return { store: watched, health, backup };
}

/** Calls `run` after `ms` milliseconds; the returned function calls it off. */
function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
}
