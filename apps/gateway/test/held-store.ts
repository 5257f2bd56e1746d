import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDelta } from "@millrace/protocol";
import {
  type Append,
  type Appended,
  type LogStore,
  openSqliteStore,
  type Row,
  type SessionIndex,
} from "@millrace/store";

/** A store on a disk that a test can make slow, or fail. Closing it removes it. */
export class HeldStore implements LogStore {
  readonly sessions: SessionIndex;
  /** Thrown by every commit that begins, until it is null again. */
  failure: Error | null = null;
  /** The most text of deltas in one commit, in UTF-16 code units. */
  longest = 0;
  readonly #store: LogStore;
  readonly #folder: string;
  #once = false;
  #gate: PromiseWithResolvers<void> | null = null;

  private constructor(store: LogStore, folder: string) {
    this.#store = store;
    this.#folder = folder;
    this.sessions = store.sessions;
  }

  static async open(): Promise<HeldStore> {
    const folder = mkdtempSync(join(tmpdir(), "millrace-held-"));
    return new HeldStore(await openSqliteStore(folder), folder);
  }

  /** Commits that begin now wait. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  /** Lets go of the commit that waits, which fails; the next one does not. */
  failOnce(error: Error): void {
    this.failure = error;
    this.#once = true;
    this.release();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = null;
  }

  async append(batch: readonly Append[]): Promise<readonly Appended[]> {
    const deltas = batch.flatMap(({ entries }) => entries.map(({ event }) => event)).filter((event) => isDelta(event));
    const length = deltas.reduce((sum, { content }) => sum + content.length, 0);
    this.longest = Math.max(this.longest, length);
    await this.#gate?.promise;
    const { failure } = this;
    if (this.#once) this.failure = null;
    this.#once = false;
    if (failure !== null) throw failure;
    return this.#store.append(batch);
  }

  read(session_id: string, after: number, limit: number): Promise<readonly Row[]> {
    return this.#store.read(session_id, after, limit);
  }

  settle(session_id: string, rows: readonly Row[]): Promise<void> {
    return this.#store.settle(session_id, rows);
  }

  async close(): Promise<void> {
    this.release();
    await this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
