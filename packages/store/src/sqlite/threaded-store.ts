import { getCompileCacheDir } from "node:module";
import { Worker } from "node:worker_threads";
import { type Append, type Appended, type LogStore, type Row, type SessionIndex, StoreError } from "../log-store.ts";
import { appendedAt, written } from "../written.ts";
import { pack } from "./packed-batch.ts";
import type { CallMessage, CallName, Failure, ReplyMessage, ThreadCalls } from "./thread-calls.ts";

/**
 * Opens the log in one SQLite file, on a thread of its own: a sync of the disk, a checkpoint or a long read never keeps
 * the caller's event loop. Refuses a folder that another process holds.
 *
 * @throws StoreError `in_use`, `full`, `too_new` or `unavailable`
 */
export async function openSqliteStore(folder: string): Promise<SqliteLog> {
  const store = new ThreadedStore(folder);
  await store.opened;
  return store;
}

/** A log in a SQLite file. */
export interface SqliteLog extends LogStore {
  /** Copies the log as it is now into a file that must not exist yet, while it goes on. @throws StoreError */
  backup(file: string): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Result<C extends CallName> = Awaited<ReturnType<ThreadCalls[C]>>;

class ThreadedStore implements SqliteLog {
  readonly sessions: SessionIndex;
  readonly opened: Promise<unknown>;
  readonly #worker: Worker;
  /** Calls without a reply, by id; 0 is the opening. */
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #lost: StoreError | null = null;
  #closing: Promise<void> | null = null;

  constructor(folder: string) {
    this.#worker = new Worker(new URL("./store-thread.js", import.meta.url), {
      workerData: { folder, compile_cache: getCompileCacheDir() },
    });
    this.opened = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
    this.#worker.on("message", (message: ReplyMessage) => this.#answer(message));
    this.#worker.on("error", (error) => this.#lose(error));
    this.#worker.on("exit", () => this.#lose(null));
    this.sessions = {
      get: (session_id) => this.#call("get", session_id),
      list: (query) => this.#call("list", query),
      unfinished: () => this.#call("unfinished"),
      remove: (session_id) => this.#call("remove", session_id),
    };
  }

  async append(batch: readonly Append[]): Promise<readonly Appended[]> {
    const texts = written(batch);
    return appendedAt(texts, await this.#call("append", pack(texts)));
  }

  read(session_id: string, after: number, limit: number): Promise<readonly Row[]> {
    return this.#call("read", session_id, after, limit);
  }

  settle(session_id: string, rows: readonly Row[]): Promise<void> {
    return this.#call("settle", session_id, rows);
  }

  backup(file: string): Promise<void> {
    return this.#call("backup", file);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once("exit", resolve));
    if (this.#lost !== null) return;
    await this.#call("close");
    await ended;
  }

  #call<C extends CallName>(call: C, ...args: Parameters<ThreadCalls[C]>): Promise<Result<C>> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    this.#calls += 1;
    const message: CallMessage = { id: this.#calls, call, args };
    return new Promise<Result<C>>((resolve, reject) => {
      this.#waiting.set(message.id, { resolve: resolve as Waiting["resolve"], reject });
      this.#worker.postMessage(message);
    });
  }

  #answer(message: ReplyMessage): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("failure" in message) waiting?.reject(errorOf(message.failure));
    else waiting?.resolve(message.value);
  }

  /** The thread has ended: what was not answered may or may not be stored. */
  #lose(cause: unknown): void {
    this.#lost ??= new StoreError("unavailable", "The store's thread has ended.", { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#lost);
    this.#waiting.clear();
  }
}

function errorOf(failure: Failure): Error {
  if (failure.kind === "store") return new StoreError(failure.code, failure.message);
  return failure.kind === "range" ? new RangeError(failure.message) : new Error(failure.message);
}
