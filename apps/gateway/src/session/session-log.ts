import { type Event, isDelta, openInteractions, openTurn, type SessionSummary, type View } from "@millrace/protocol";
import type {
  CommitTarget,
  Entry,
  EntryResult,
  GroupCommit,
  LogStore,
  NewSession,
  SessionRow,
  StoreError,
} from "@millrace/store";
import type { Limits } from "../limits.ts";
import { Backlog } from "./backlog.ts";
import { Cursor, type CursorSink, type CursorSource } from "./cursor.ts";
import { foldStored } from "./folded-log.ts";
import { IndexRow } from "./index-row.ts";
import { LiveView } from "./live-view.ts";
import { LogTail } from "./log-tail.ts";
import type { AppendOptions, Untimed } from "./run.ts";
import type { Settler } from "./settler.ts";
import { StoredEvent } from "./stored-event.ts";
import { type Pending, summaryAfter } from "./summary.ts";

export interface LogContext {
  readonly store: LogStore;
  readonly commits: GroupCommit;
  readonly settler: Settler;
  readonly limits: Limits;
  readonly now: () => number;
  /** Chance is the process's own unless a test brings another. */
  readonly random?: () => number;
}

/** Who hears what became of the entries of one session. Nothing of it may throw. */
export interface LogListener extends Pick<Pending, "messages" | "runs"> {
  /** One event is stored and folded; no viewer has it yet. */
  stored(stored: StoredEvent): void;
  /** A commit is through and the viewers are woken. `changed`: the session's row in the index is another one now. */
  committed(changed: boolean): void;
  /** Nothing of these is stored. `unmade`: the session was to be made with them, so that it does not exist. */
  failed(error: StoreError, entries: readonly Entry[], unmade: boolean): void;
}

/** One session's log in memory: appends to it, folds it, and wakes its viewers. */
export class SessionLog implements CommitTarget, CursorSource {
  readonly session_id: string;
  readonly #context: LogContext;
  readonly #listener: LogListener;
  readonly #row: IndexRow;
  readonly #tail: LogTail;
  readonly #backlog: Backlog;
  readonly #cursors = new Set<Cursor>();
  /** On their way into the log, with who waits for each. */
  readonly #coming = new Map<Entry, { resolve: (result: EntryResult) => void; reject: (error: StoreError) => void }>();
  readonly #pending: Pending;
  #isNew: boolean;
  #live = new LiveView();

  /** `isNew`: its first append makes the session. */
  constructor(context: LogContext, row: SessionRow, listener: LogListener, isNew: boolean) {
    const { settler, limits, random } = context;
    this.session_id = row.session_id;
    this.#context = context;
    this.#listener = listener;
    this.#row = new IndexRow(row);
    this.#tail = new LogTail(row.session_id, settler, limits.unsettled_rows, random);
    this.#backlog = new Backlog(limits.unstored_text);
    this.#pending = {
      messages: () => listener.messages(),
      questions: () => this.#asks(),
      runs: () => listener.runs(),
    };
    this.#isNew = isNew;
  }

  /** Reads and folds what is stored. @param see hears of each event @throws StoreError */
  async load(see: (event: Event) => void): Promise<void> {
    const { store, now } = this.#context;
    this.#live = new LiveView(await foldStored(store, this.session_id, see, now));
    const open = openTurn(this.view);
    this.#tail.begin(open === null ? this.view.seq : open.seq - 1);
  }

  get view(): View {
    return this.#live.view;
  }

  get head(): number {
    return this.#live.seq;
  }

  get epoch(): string {
    return this.#row.epoch;
  }

  get summary(): SessionSummary {
    return this.#row.summary(this.head);
  }

  /** The model that runs use unless they are asked for another, as it will be when what is on its way has arrived. */
  get model(): string | null {
    return this.#row.coming.model;
  }

  /** What the store needs to make this session with its first append. */
  get creation(): NewSession {
    return this.#row.creation;
  }

  /** Whether nobody watches and nobody waits for an append. */
  get idle(): boolean {
    return this.#cursors.size === 0 && this.#coming.size === 0;
  }

  get viewers(): number {
    return this.#cursors.size;
  }

  /** Events that the viewer furthest behind has still to get. */
  get lag(): number {
    return [...this.#cursors].reduce((most, { seq }) => Math.max(most, this.head - seq), 0);
  }

  /** A viewer whose frames begin after a position; it moves by itself until it is closed. */
  watch(after: number, sink: CursorSink): Cursor {
    const cursor = new Cursor(this, this.#context.store, after, sink);
    this.#cursors.add(cursor);
    return cursor;
  }

  unwatch(cursor: Cursor): void {
    cursor.close();
    this.#cursors.delete(cursor);
  }

  /** Every viewer is told that the session is gone. */
  letGo(): void {
    for (const cursor of this.#cursors) cursor.letGo();
    this.#cursors.clear();
  }

  recentAfter(seq: number): readonly StoredEvent[] | null {
    return this.#tail.after(seq);
  }

  /** Merges in the store what a run has left there in pieces. */
  compact(): void {
    this.#tail.compact(this.head);
  }

  append(event: Untimed, { id, urgent = true }: AppendOptions = {}): Promise<EntryResult> {
    const entry: Entry = { event: this.#timed(event), ...(id === undefined ? {} : { id }) };
    return new Promise((resolve, reject) => {
      this.#coming.set(entry, { resolve, reject });
      this.#add(entry, urgent);
    });
  }

  /** Stores soon; deltas merge. Nothing more should come before a returned promise resolves. */
  emit(event: Untimed): void | Promise<void> {
    const { commits, limits } = this.#context;
    // The first piece of a text is what people wait for.
    this.#add({ event: this.#timed(event) }, isDelta(event) && event.offset === 0);
    if (isDelta(event)) return this.#backlog.add(event.content, commits.age > limits.slow_commit_ms);
  }

  /** Whether something that this run has written is on its way into the log. */
  awaits(run_id: string | undefined): boolean {
    return !this.#backlog.empty || [...this.#coming.keys()].some((entry) => isOf(run_id, entry));
  }

  /** Nobody waits any more for room behind what is on its way. */
  release(): void {
    this.#backlog.release();
  }

  committed(results: readonly EntryResult[], entries: readonly Entry[]): void {
    this.#isNew = false;
    results.forEach((result, index) => {
      const entry = entries[index] as Entry;
      if (!result.duplicate) {
        const stored = StoredEvent.committed(this.session_id, result.row, entry.event);
        this.#live.push(stored.event);
        this.#tail.push(stored);
        this.#listener.stored(stored);
      }
      this.#coming.get(entry)?.resolve(result);
      this.#coming.delete(entry);
    });
    this.#backlog.remove(entries);
    for (const cursor of this.#cursors) cursor.wake();
    this.#tail.trim();
    this.#listener.committed(this.#row.committed(entries));
  }

  failed(error: StoreError, entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#coming.get(entry)?.reject(error);
      this.#coming.delete(entry);
    }
    this.#backlog.remove(entries);
    this.#row.failed(entries);
    this.#listener.failed(error, entries, this.#isNew);
  }

  #timed(event: Untimed): Entry["event"] {
    return { ...event, ts: this.#context.now() } as Entry["event"];
  }

  #add(entry: Entry, urgent: boolean): void {
    const summary = summaryAfter(entry.event, this.#row.coming, this.#pending);
    if (summary !== undefined) this.#row.patch(entry, summary);
    this.#context.commits.add(this, entry, {
      urgent,
      ...(this.#isNew ? { create: this.creation } : {}),
      ...(summary === undefined ? {} : { summary }),
    });
  }

  /** Whether a question is open when everything that is on its way into the log has arrived there. */
  #asks(): boolean {
    const turn = openTurn(this.view);
    const open = new Set(turn === null ? [] : openInteractions(turn).map(({ request_id }) => request_id));
    for (const { event } of this.#coming.keys()) {
      if (event.type === "interaction_request") open.add(event.request_id);
      else if (event.type === "user_input_received") open.delete(event.request_id);
    }
    return open.size > 0;
  }
}

/** Whether a run wrote this entry. An answer carries its id, but a person gives it. */
export function isOf(run_id: string | undefined, { event }: Entry): boolean {
  return event.run_id === run_id && event.type !== "user_input_received";
}
