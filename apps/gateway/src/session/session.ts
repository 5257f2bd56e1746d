import {
  emptyView,
  evolve,
  fold,
  isOpen,
  type Message,
  type NewEvent,
  openTurn,
  type RunOptions,
  type Send,
  type SessionSummary,
  type View,
} from "@millrace/protocol";
import {
  type CommitTarget,
  type Entry,
  type EntryResult,
  eventOf,
  type GroupCommit,
  type LogStore,
  type NewSession,
  type SessionRow,
  type StoreError,
  type SummaryPatch,
} from "@millrace/store";
import type { Logger } from "pino";
import type { Limits } from "../limits.ts";
import type { Agents } from "../models/agents.ts";
import { Rejection } from "../rejection.ts";
import { Cursor, type CursorSink, type CursorSource } from "./cursor.ts";
import { Run, type RunHost, type Untimed } from "./run.ts";
import { Settler } from "./settler.ts";
import { StoredEvent } from "./stored-event.ts";
import { summaryAfter } from "./summary.ts";

export interface SessionContext {
  readonly store: LogStore;
  readonly commits: GroupCommit;
  readonly agents: Agents;
  readonly limits: Limits;
  readonly now: () => number;
  readonly ids: () => string;
  readonly log: Logger;
  /** The session's row in the index changed and is stored. */
  readonly changed: (session: Session) => void;
  /** A session that was to be made by its first append was not: nothing of it exists. */
  readonly unmade: (session: Session) => void;
}

type Waiting = Pick<Message, "message_id" | "content" | "mode" | "options">;

/** One session in memory: it appends to its log, folds it, wakes its viewers and owns its run. Nothing else. */
export class Session implements CommitTarget, CursorSource, RunHost {
  readonly session_id: string;
  readonly user_id: string;
  readonly #context: SessionContext;
  readonly #settler: Settler;
  readonly #cursors = new Set<Cursor>();
  readonly #stored = new Map<Entry, { resolve: (result: EntryResult) => void; reject: (error: StoreError) => void }>();
  /** Everything that was ever said here, so that a message sent again is recognised. */
  readonly #messages = new Map<string, { content: string; seq: Promise<number> }>();
  /** Messages that no run has taken, stored or about to be. */
  #inbox: Waiting[] = [];
  #row: SessionRow;
  #rowChanged = false;
  #isNew = false;
  #view: View = emptyView();
  #recent: StoredEvent[] = [];
  #compacted = 0;
  #run: Run | null = null;
  #suspended = false;
  readonly #onRest: (() => void)[] = [];

  private constructor(context: SessionContext, row: SessionRow) {
    this.#context = context;
    this.session_id = row.session_id;
    this.user_id = row.user_id;
    this.#row = row;
    this.#settler = new Settler(row.session_id, context.store, context.log);
  }

  /** A session that its first append makes. */
  static fresh(context: SessionContext, row: SessionRow): Session {
    const session = new Session(context, row);
    session.#isNew = true;
    return session;
  }

  /** A stored session: its log read and folded. @throws StoreError */
  static async load(context: SessionContext, row: SessionRow): Promise<Session> {
    const session = new Session(context, row);
    for (let after = 0; ; after = session.#view.seq) {
      const rows = await context.store.read(row.session_id, after, LOAD_PAGE);
      if (rows.length === 0) break;
      const events = rows.map((stored) => eventOf(row.session_id, stored));
      session.#view = fold(session.#view, events);
      for (const event of events) {
        if (event.type === "user_message") {
          session.#messages.set(event.message_id, { content: event.content, seq: Promise.resolve(event.seq) });
        }
      }
    }
    session.#inbox = [...session.#view.queue];
    const open = openTurn(session.#view);
    session.#compacted = open === null ? session.#view.seq : open.seq - 1;
    return session;
  }

  get view(): View {
    return this.#view;
  }

  get head(): number {
    return this.#view.seq;
  }

  get epoch(): string {
    return this.#row.epoch;
  }

  get summary(): SessionSummary {
    const { user_id: _user, epoch: _epoch, ...summary } = this.#row;
    return { ...summary, head: this.head };
  }

  /** What the store needs to make this session with its first append. */
  get creation(): NewSession {
    const { user_id, title, epoch, created_at } = this.#row;
    return { user_id, title, epoch, created_at };
  }

  /** Whether nothing would be lost by forgetting this object: no viewer, run or unstored event. */
  get idle(): boolean {
    return this.#cursors.size === 0 && this.#run === null && this.#stored.size === 0 && this.#inbox.length === 0;
  }

  /** How many watch this session now. */
  get viewers(): number {
    return this.#cursors.size;
  }

  /** Accepts a message: stored when it resolves. A message that is known is not stored or run again. */
  async send({
    message_id,
    content,
    mode,
    options,
  }: Pick<Send, "message_id" | "content" | "mode" | "options">): Promise<{
    seq: number;
    duplicate: boolean;
  }> {
    const known = this.#messages.get(message_id);
    if (known !== undefined) {
      if (known.content !== content)
        throw new Rejection("idempotency_conflict", "This message_id was used for another message.");
      return { seq: await known.seq, duplicate: true };
    }
    const event = {
      type: "user_message",
      message_id,
      content,
      mode,
      ...(options === undefined ? {} : { options }),
    } as const;
    const seq = this.append(event, { id: `message:${message_id}` }).then(seqOf);
    this.#messages.set(message_id, { content, seq });
    this.#inbox.push({ message_id, content, mode, options: options ?? null });
    this.#startNext();
    try {
      return { seq: await seq, duplicate: false };
    } catch (error) {
      this.#messages.delete(message_id);
      this.#inbox = this.#inbox.filter((waiting) => waiting.message_id !== message_id);
      throw error;
    }
  }

  /** Takes a message back that no run has taken yet. */
  async unsend(message_id: string): Promise<number> {
    const index = this.#inbox.findIndex((waiting) => waiting.message_id === message_id);
    const [waiting] = index < 0 ? [] : this.#inbox.splice(index, 1);
    if (waiting === undefined) throw new Rejection("not_found", "No such message waits in the queue.");
    try {
      return seqOf(await this.append({ type: "message_withdrawn", message_id }));
    } catch (error) {
      this.#inbox.splice(index, 0, waiting);
      throw error;
    }
  }

  /** Stops a run; `already_ended` where there is nothing to stop. */
  async stop(run_id: string): Promise<"stopping" | "already_ended"> {
    if (this.#run?.run_id === run_id) return this.#run.stop(this.user_id);
    const turn = this.#view.turns.find((candidate) => candidate.run_id === run_id);
    if (turn === undefined) throw new Rejection("not_found", "No such run.");
    if (!isOpen(turn)) return "already_ended";
    await this.append({ type: "stop_requested", run_id, by: this.user_id }, { id: `stop:${run_id}` });
    return "stopping";
  }

  /** Stops whatever runs, for a caller who is not there any more to hear how it went. */
  stopOpenRun(): void {
    const run_id = this.#run?.run_id;
    if (run_id === undefined) return;
    this.stop(run_id).catch((error: unknown) => this.#context.log.warn({ run_id, error }, "could not stop"));
  }

  /** Stores a new title or model. */
  async update(change: { title?: string; model?: string }): Promise<number> {
    return seqOf(await this.append({ type: "session_updated", ...change }));
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

  recentAfter(seq: number): readonly StoredEvent[] | null {
    const last = this.#recent.at(-1);
    if (last === undefined) return null;
    if (last.from === seq + 1) return [last];
    const first = this.#recent[0];
    if (first === undefined || first.from > seq + 1) return null;
    return this.#recent.filter((stored) => stored.seq > seq);
  }

  /** Goes on with what an earlier process left open. */
  resume(): void {
    const turn = openTurn(this.#view);
    if (turn === null) return this.#startNext();
    const asked = turn.items.find((item) => item.kind === "message");
    const options = asked?.kind === "message" ? (asked.message.options ?? {}) : {};
    this.#run = this.#newRun(turn.run_id, { ...options, model: turn.model });
    void this.#run.drive(turn);
  }

  /** No run begins any more; the open one ends at its next step. */
  suspend(): void {
    this.#suspended = true;
    this.#run?.suspend();
  }

  /** Lets go of the open run at once. */
  detach(): void {
    this.#suspended = true;
    this.#run?.detach();
  }

  /** The session is about to be removed: nothing is written any more and every viewer is let go. */
  gone(): void {
    this.detach();
    for (const cursor of this.#cursors) cursor.letGo();
    this.#cursors.clear();
  }

  /** Resolves when no run is open in this process. */
  async rested(): Promise<void> {
    if (this.#run !== null) await new Promise<void>((resolve) => this.#onRest.push(resolve));
  }

  /** Waits until the log is merged and nothing is left to write. */
  async settled(): Promise<void> {
    this.#compact();
    await this.#settler.idle();
  }

  append(event: Untimed, { id }: { id?: string } = {}): Promise<EntryResult> {
    const entry: Entry = { event: this.#timed(event), ...(id === undefined ? {} : { id }) };
    return new Promise((resolve, reject) => {
      this.#stored.set(entry, { resolve, reject });
      this.#add(entry, true);
    });
  }

  emit(event: Untimed): void {
    this.#add({ event: this.#timed(event) }, false);
  }

  takeSteered(): readonly Waiting[] {
    const steered = this.#inbox.filter((waiting) => waiting.mode === "steer");
    if (steered.length > 0) this.#inbox = this.#inbox.filter((waiting) => waiting.mode !== "steer");
    return steered;
  }

  runEnded(run: Run): void {
    if (this.#run !== run) return;
    this.#run = null;
    for (const rest of this.#onRest.splice(0)) rest();
    this.#compact();
    this.#startNext();
  }

  committed(results: readonly EntryResult[], entries: readonly Entry[]): void {
    this.#isNew = false;
    results.forEach((result, index) => {
      const entry = entries[index] as Entry;
      if (!result.duplicate) {
        const stored = StoredEvent.committed(this.session_id, result.row, entry.event);
        this.#view = evolve(this.#view, stored.event);
        this.#recent.push(stored);
      }
      this.#stored.get(entry)?.resolve(result);
      this.#stored.delete(entry);
    });
    for (const cursor of this.#cursors) cursor.wake();
    if (this.#recent.length > this.#context.limits.unsettled_rows) {
      this.#settler.settle(this.#recent.map((stored) => stored.event));
      this.#recent = [];
    }
    if (this.#rowChanged) {
      this.#rowChanged = false;
      this.#context.changed(this);
    }
  }

  failed(error: StoreError, entries: readonly Entry[]): void {
    if (this.#isNew) this.#context.unmade(this);
    for (const entry of entries) {
      this.#stored.get(entry)?.reject(error);
      this.#stored.delete(entry);
    }
    if (entries.some((entry) => entry.event.run_id === this.#run?.run_id)) this.#run?.broke(error);
  }

  #timed(event: Untimed): NewEvent {
    return { ...event, ts: this.#context.now() } as NewEvent;
  }

  #add(entry: Entry, urgent: boolean): void {
    const summary = summaryAfter(entry.event, this.#row, this.#inbox.length > 0);
    if (summary !== undefined) this.#patch(summary);
    this.#context.commits.add(this, entry, {
      urgent,
      ...(this.#isNew ? { create: this.creation } : {}),
      ...(summary === undefined ? {} : { summary }),
    });
  }

  #patch(patch: SummaryPatch): void {
    this.#row = { ...this.#row, ...patch };
    this.#rowChanged = true;
  }

  #startNext(): void {
    if (this.#run !== null || this.#suspended) return;
    const message = this.#inbox.shift();
    if (message === undefined) return;
    const model = message.options?.model ?? this.#row.model;
    const options = { ...message.options, ...(model === null ? {} : { model }) };
    this.#run = this.#newRun(this.#context.ids(), options);
    void this.#begin(this.#run, message, options);
  }

  async #begin(run: Run, message: Waiting, options: RunOptions): Promise<void> {
    const start = this.#context.agents.start(options);
    try {
      await this.append({ type: "session_start", run_id: run.run_id, message_ids: [message.message_id], ...start });
    } catch {
      this.#run = null;
      // A message that failed with it is reported to its sender; one that is stored waits for the store.
      if (this.#view.queue.some((queued) => queued.message_id === message.message_id)) {
        this.#inbox.unshift(message);
        setTimeout(() => this.#startNext(), this.#context.limits.store_retry_ms).unref();
      }
      return;
    }
    const turn = openTurn(this.#view);
    if (turn !== null) await run.drive(turn);
  }

  #newRun(run_id: string, options: RunOptions): Run {
    const { agents, now, ids, log, limits } = this.#context;
    return new Run(this, run_id, {
      setup: agents.setup(options),
      now,
      ids,
      log,
      store_retry_ms: limits.store_retry_ms,
    });
  }

  #compact(): void {
    if (this.head <= this.#compacted) return;
    this.#settler.compact(this.#compacted, this.head);
    this.#compacted = this.head;
    this.#recent = [];
  }
}

const LOAD_PAGE = 1_000;

function seqOf(result: EntryResult): number {
  return result.duplicate ? result.seq : result.row.seq;
}
