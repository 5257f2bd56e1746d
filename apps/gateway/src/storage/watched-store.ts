import { statfs } from "node:fs/promises";
import type { Append, Appended, LogStore, Row, SessionIndex } from "@millrace/store";
import type { StorageHealth } from "./storage-health.ts";

/** Hears of every commit that has ended. */
export interface CommitMeter {
  committed(seconds: number, events: number): void;
  failed(error: unknown): void;
}

export interface WatchedStoreContext {
  readonly health: StorageHealth;
  readonly meter: CommitMeter;
  /** How often room is looked for, and a commit is tried while something is wrong. Milliseconds. */
  readonly look_ms: number;
  /** Bytes that are free where the store lies. */
  readonly free: () => Promise<number>;
}

/** A store whose commits are watched. While they fail or are slow it tries one by itself, so that an end is noticed. */
export class WatchedStore implements LogStore {
  readonly sessions: SessionIndex;
  readonly #store: LogStore;
  readonly #context: WatchedStoreContext;
  readonly #looking: NodeJS.Timeout;
  /** A session that a commit can be tried on. */
  #known: string | null = null;

  constructor(store: LogStore, context: WatchedStoreContext) {
    this.#store = store;
    this.#context = context;
    this.sessions = store.sessions;
    this.#looking = setInterval(() => void this.#look(), context.look_ms).unref();
    void this.#look();
  }

  async append(batch: readonly Append[]): Promise<readonly Appended[]> {
    const { health, meter } = this.#context;
    const ended = health.begin();
    const began = performance.now();
    try {
      const appended = await this.#store.append(batch);
      this.#known = batch[0]?.session_id ?? this.#known;
      meter.committed(
        (performance.now() - began) / 1_000,
        batch.reduce((sum, { entries }) => sum + entries.length, 0),
      );
      ended();
      return appended;
    } catch (error) {
      this.#known ??= batch[0]?.session_id ?? null;
      meter.failed(error);
      ended(error);
      throw error;
    }
  }

  read(session_id: string, after: number, limit: number): Promise<readonly Row[]> {
    return this.#store.read(session_id, after, limit);
  }

  settle(session_id: string, rows: readonly Row[]): Promise<void> {
    return this.#store.settle(session_id, rows);
  }

  close(): Promise<void> {
    clearInterval(this.#looking);
    return this.#store.close();
  }

  async #look(): Promise<void> {
    const { health, free } = this.#context;
    health.look(await free().catch(() => Number.POSITIVE_INFINITY));
    if (health.state === "ok" || health.busy || this.#known === null) return;
    // Writes the session's row as it is.
    await this.append([{ session_id: this.#known, entries: [], summary: {} }]).catch(() => {});
  }
}

/** Bytes that are free for this process on the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
