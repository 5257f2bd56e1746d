import { blockOf, isDelta, LIMITS } from "@millrace/protocol";
import {
  type Append,
  type Appended,
  type Entry,
  type EntryResult,
  type LogStore,
  type NewSession,
  StoreError,
  type SummaryPatch,
} from "./log-store.ts";

/** Who writes into a session's log, and hears what became of it. Neither call may throw. */
export interface CommitTarget {
  readonly session_id: string;
  /** The entries added since the last call, in that order, are stored. */
  committed(results: readonly EntryResult[], entries: readonly Entry[]): void;
  /**
   * None of the entries added since the last call is stored, nor are the changes that came with them: also what was
   * added while the commit was under way, as it may continue what is missing.
   */
  failed(error: StoreError, entries: readonly Entry[]): void;
}

export interface AddOptions {
  /** Store at the end of this turn of the event loop (or right after the commit under way) instead of when the window closes. */
  readonly urgent?: boolean;
  readonly create?: NewSession;
  readonly summary?: SummaryPatch;
}

/** When to commit. `soon`: after the current turn of the event loop; `later`: after `ms` milliseconds. */
export interface CommitSchedule {
  now(): number;
  soon(run: () => void): void;
  later(run: () => void, ms: number): () => void;
}

const SCHEDULE: CommitSchedule = {
  now: () => performance.now(),
  soon: (run) => void setImmediate(run),
  later: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

interface Pending {
  readonly entries: Entry[];
  create?: NewSession;
  summary?: SummaryPatch;
}

/**
 * Group commit: everything that any session has pending is stored in one transaction. The first entry after a quiet
 * time is stored at once, the next ones when `window_ms` have passed since the last commit began; adjacent pieces of a
 * block that meet in the window become one event. One commit at a time: those that take long come less often, and merge
 * more. What is added during one waits for the next.
 */
export class GroupCommit {
  readonly #store: LogStore;
  readonly #window: number;
  readonly #schedule: CommitSchedule;
  #pending = new Map<CommitTarget, Pending>();
  #taken: ReadonlyMap<CommitTarget, Pending> = new Map();
  #scheduled: "no" | "soon" | "later" = "no";
  #urgent = false;
  #cancelLater: () => void = () => {};
  #last = Number.NEGATIVE_INFINITY;
  #committing: Promise<void> | null = null;

  constructor(store: LogStore, window_ms: number, schedule: CommitSchedule = SCHEDULE) {
    this.#store = store;
    this.#window = window_ms;
    this.#schedule = schedule;
  }

  add(target: CommitTarget, entry: Entry | null, { urgent = false, create, summary }: AddOptions = {}): void {
    let pending = this.#pending.get(target);
    if (pending === undefined) {
      pending = { entries: [] };
      this.#pending.set(target, pending);
    }
    if (entry !== null && !extend(pending.entries, entry)) pending.entries.push(entry);
    if (create !== undefined) pending.create = create;
    if (summary !== undefined) pending.summary = { ...pending.summary, ...summary };
    this.#plan(urgent);
  }

  /** Entries that are not stored yet. */
  get waiting(): number {
    return [...this.#taken.values(), ...this.#pending.values()].reduce((sum, { entries }) => sum + entries.length, 0);
  }

  /** How long the commit under way has taken so far, in milliseconds; 0 where none is. */
  get age(): number {
    return this.#committing === null ? 0 : this.#schedule.now() - this.#last;
  }

  /** Stores everything that is pending and what is added meanwhile; resolves when all of it is stored or has failed. */
  async flush(): Promise<void> {
    while (this.#committing !== null || this.#pending.size > 0) await (this.#committing ?? this.#commit());
  }

  #plan(urgent: boolean): void {
    this.#urgent ||= urgent;
    if (this.#committing !== null || this.#scheduled === "soon") return;
    const wait = this.#urgent ? 0 : this.#last + this.#window - this.#schedule.now();
    if (wait <= 0) {
      this.#cancelLater();
      this.#scheduled = "soon";
      this.#schedule.soon(this.#run);
    } else if (this.#scheduled === "no") {
      this.#scheduled = "later";
      this.#cancelLater = this.#schedule.later(this.#run, wait);
    }
  }

  readonly #run = (): void => {
    if (this.#committing === null) void this.#commit();
  };

  #commit(): Promise<void> {
    this.#cancelLater();
    this.#scheduled = "no";
    this.#urgent = false;
    if (this.#pending.size === 0) return Promise.resolve();
    const taken = this.#pending;
    this.#pending = new Map();
    this.#taken = taken;
    this.#last = this.#schedule.now();
    this.#committing = this.#write(taken).finally(() => {
      this.#committing = null;
      this.#taken = new Map();
      if (this.#pending.size > 0) this.#plan(false);
    });
    return this.#committing;
  }

  async #write(taken: ReadonlyMap<CommitTarget, Pending>): Promise<void> {
    const batch: Append[] = [];
    for (const [target, pending] of taken) batch.push({ session_id: target.session_id, ...pending });
    let appended: readonly Appended[];
    try {
      appended = await this.#store.append(batch);
    } catch (error) {
      const cause =
        error instanceof StoreError ? error : new StoreError("unavailable", "The store failed.", { cause: error });
      for (const [target, { entries }] of taken) this.#fail(target, cause, entries);
      return;
    }
    let index = 0;
    for (const [target, { entries }] of taken) {
      const result = appended[index++];
      if (result === undefined || result.missing)
        this.#fail(target, new StoreError("gone", "No such session."), entries);
      else target.committed(result.results, entries);
    }
  }

  #fail(target: CommitTarget, error: StoreError, entries: readonly Entry[]): void {
    const behind = this.#pending.get(target)?.entries ?? [];
    this.#pending.delete(target);
    target.failed(error, [...entries, ...behind]);
  }
}

/** Grows the last entry by a delta that continues it; false where it does not. */
function extend(entries: Entry[], next: Entry): boolean {
  const last = entries.at(-1);
  if (last === undefined || last.id !== undefined || next.id !== undefined) return false;
  const a = last.event;
  const b = next.event;
  if (!isDelta(a) || !isDelta(b) || a.type !== b.type || a.run_id !== b.run_id || blockOf(a) !== blockOf(b))
    return false;
  if (a.offset + a.content.length !== b.offset || a.content.length + b.content.length > LIMITS.settled_text)
    return false;
  entries[entries.length - 1] = { event: { ...a, content: a.content + b.content } };
  return true;
}
