import {
  type Append,
  type Appended,
  type LogStore,
  MemoryStore,
  type Row,
  type SessionIndex,
  StoreError,
} from "@millrace/store";
import type { After } from "./time.ts";

/**
 * What is on the disk: a memory store and the list of what was written to it, so that it can be brought back to an
 * earlier state.
 */
export class Disk {
  store = new MemoryStore();
  /** Nothing more can be written. */
  full = false;
  #written: ((store: MemoryStore, renewed: ReadonlyMap<string, string>) => Promise<unknown>)[] = [];

  async append(batch: readonly Append[]): Promise<readonly Appended[]> {
    if (this.full) throw new StoreError("full", "The disk is full.");
    this.#written.push((store, renewed) =>
      store.append(
        batch.map((append) => {
          const epoch = renewed.get(append.session_id);
          const { create } = append;
          return epoch === undefined || create === undefined ? append : { ...append, create: { ...create, epoch } };
        }),
      ),
    );
    return this.store.append(batch);
  }

  async settle(session_id: string, rows: readonly Row[]): Promise<void> {
    if (this.full) throw new StoreError("full", "The disk is full.");
    this.#written.push((store) => store.settle(session_id, rows).catch(() => {}));
    return this.store.settle(session_id, rows);
  }

  /** Writes so far. */
  get size(): number {
    return this.#written.length;
  }

  /** Back to the state after so many writes. @param renewed the new epoch of each session; without one it keeps its own */
  async restore(size: number, renewed: ReadonlyMap<string, string>): Promise<void> {
    this.#written = this.#written.slice(0, size);
    this.store = new MemoryStore();
    for (const write of this.#written) await write(this.store, renewed);
  }
}

/** How one gateway's store takes its time. */
export interface StoreContext {
  readonly after: After;
  /** Milliseconds that one call takes, on each half of its way. */
  readonly latency: () => number;
}

/**
 * The store of one gateway. A commit under way when that gateway is killed is on the disk or not, and nobody hears of
 * it: whatever hangs on one that was not answered must not be seen.
 */
export class SimStore implements LogStore {
  readonly sessions: SessionIndex;
  readonly #disk: Disk;
  readonly #context: StoreContext;
  #dead = false;

  constructor(disk: Disk, context: StoreContext) {
    this.#disk = disk;
    this.#context = context;
    this.sessions = {
      get: (session_id) => this.#slow(() => disk.store.sessions.get(session_id)),
      list: (query) => this.#slow(() => disk.store.sessions.list(query)),
      unfinished: () => this.#slow(() => disk.store.sessions.unfinished()),
      remove: (session_id) => this.#slow(() => disk.store.sessions.remove(session_id)),
    };
  }

  append(batch: readonly Append[]): Promise<readonly Appended[]> {
    return this.#slow(() => this.#disk.append(batch));
  }

  read(session_id: string, after: number, limit: number): Promise<readonly Row[]> {
    // A settler that was killed would otherwise wait for ever, and look all the time whether it still has to.
    if (this.#dead) return Promise.resolve([]);
    return this.#slow(() => this.#disk.store.read(session_id, after, limit));
  }

  settle(session_id: string, rows: readonly Row[]): Promise<void> {
    if (this.#dead) return Promise.resolve();
    return this.#slow(() => this.#disk.settle(session_id, rows));
  }

  async close(): Promise<void> {
    this.#dead = true;
  }

  kill(): void {
    this.#dead = true;
  }

  /** There and back; a process that was killed on the way hears nothing. */
  async #slow<T>(work: () => Promise<T>): Promise<T> {
    await this.#wait();
    try {
      return await work();
    } finally {
      await this.#wait();
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => void this.#context.after(this.#context.latency(), resolve));
  }
}
