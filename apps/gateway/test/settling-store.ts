import { settle } from "@millrace/protocol";
import { type Append, type Appended, eventOf, type LogStore, MemoryStore, type Row, rowOfEvent } from "@millrace/store";

/** A store that settles part of a session right after the first read of it that follows `settleAfterRead`. */
export class SettlingStore implements LogStore {
  readonly #store = new MemoryStore();
  readonly sessions = this.#store.sessions;
  #next: { readonly from: number; readonly to: number } | null = null;
  settled = 0;

  /** The stored rows that cover these positions are merged. */
  settleAfterRead(from: number, to: number): void {
    this.#next = { from, to };
  }

  append(batch: readonly Append[]): Promise<readonly Appended[]> {
    return this.#store.append(batch);
  }

  async read(session_id: string, after: number, limit: number): Promise<readonly Row[]> {
    const read = await this.#store.read(session_id, after, limit);
    const next = this.#next;
    this.#next = null;
    if (next !== null) {
      const rows = await this.#store.read(session_id, next.from - 1, next.to - next.from + 1);
      await this.settle(session_id, settle(rows.map((row) => eventOf(session_id, row))).map(rowOfEvent));
      this.settled += 1;
    }
    return read;
  }

  settle(session_id: string, rows: readonly Row[]): Promise<void> {
    return this.#store.settle(session_id, rows);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
