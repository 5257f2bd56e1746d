import type { SessionSummary } from "@millrace/protocol";
import type { Entry, NewSession, SessionRow, SummaryPatch } from "@millrace/store";

/** A session's row in the index: as it is stored, and as it will be when what is on its way has arrived. */
export class IndexRow {
  #stored: SessionRow;
  #coming: SessionRow;
  /** By the entry that brings each. */
  readonly #patches = new Map<Entry, SummaryPatch>();

  constructor(row: SessionRow) {
    this.#stored = row;
    this.#coming = row;
  }

  get epoch(): string {
    return this.#stored.epoch;
  }

  /** With what is not stored yet: to decide by, not to be shown. */
  get coming(): SessionRow {
    return this.#coming;
  }

  /** What the store needs to make the session with its first append. */
  get creation(): NewSession {
    const { user_id, title, epoch, created_at } = this.#coming;
    return { user_id, title, epoch, created_at };
  }

  /** As anybody may see it. */
  summary(head: number): SessionSummary {
    const { user_id: _user, epoch: _epoch, ...summary } = this.#stored;
    return { ...summary, head };
  }

  patch(entry: Entry, patch: SummaryPatch): void {
    this.#patches.set(entry, patch);
    this.#coming = { ...this.#coming, ...patch };
  }

  /** These entries are stored. @returns whether the row is another one now */
  committed(entries: readonly Entry[]): boolean {
    if (this.#patches.size === 0) return false;
    let changed = false;
    for (const patch of this.#take(entries)) {
      this.#stored = { ...this.#stored, ...patch };
      changed = true;
    }
    return changed;
  }

  /** These entries are not stored, nor is what they would have changed. */
  failed(entries: readonly Entry[]): void {
    if (this.#take(entries).length === 0) return;
    this.#coming = Object.assign({}, this.#stored, ...this.#patches.values());
  }

  #take(entries: readonly Entry[]): SummaryPatch[] {
    return entries.flatMap((entry) => {
      const patch = this.#patches.get(entry);
      this.#patches.delete(entry);
      return patch === undefined ? [] : [patch];
    });
  }
}
