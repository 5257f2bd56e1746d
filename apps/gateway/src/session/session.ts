import type { Interaction, InteractionAnswer, Permit, PermitRequest } from "@millrace/agent";
import {
  allTurns,
  type Event,
  firstMessage,
  type Item,
  isDelta,
  isOpen,
  type MessageAttachment,
  type NewEvent,
  openInteractions,
  openTurn,
  type RunOptions,
  type Send,
  type SessionSummary,
  type Turn,
  type View,
} from "@millrace/protocol";
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
import type { Logger } from "pino";
import { type Later, later } from "../later.ts";
import type { Limits } from "../limits.ts";
import type { Agents } from "../models/agents.ts";
import { Rejection } from "../rejection.ts";
import type { Given } from "./answer.ts";
import { Backlog } from "./backlog.ts";
import { Cursor, type CursorSink, type CursorSource } from "./cursor.ts";
import { foldStored } from "./folded-log.ts";
import { Inbox, type Waiting } from "./inbox.ts";
import { IndexRow } from "./index-row.ts";
import { type InteractionHost, Interactions } from "./interactions.ts";
import { LiveView } from "./live-view.ts";
import { LogTail } from "./log-tail.ts";
import { type Permissions, SessionPermits } from "./permit.ts";
import { type AppendOptions, Run, type RunHost, type Untimed } from "./run.ts";
import type { Settler } from "./settler.ts";
import { StoredEvent } from "./stored-event.ts";
import { type Pending, summaryAfter } from "./summary.ts";

/** The files that messages bring. */
interface SessionFiles {
  /** Null where the user has none of that id. Never rejects. */
  read(user_id: string, attachment_id: string): Promise<Uint8Array | null>;
  /** The session is removed. */
  release(session_id: string): Promise<void>;
}

export interface SessionContext {
  readonly store: LogStore;
  readonly commits: GroupCommit;
  readonly settler: Settler;
  readonly agents: Agents;
  readonly permissions: Permissions;
  readonly limits: Limits;
  readonly now: () => number;
  readonly ids: () => string;
  /** Timers and chance are the process's own unless a test brings others. */
  readonly later?: Later;
  readonly random?: () => number;
  readonly log: Logger;
  /** Where the files of messages are; without it they are left out. */
  readonly attachments?: SessionFiles;
  /** The session's row in the index changed and is stored. */
  readonly changed: (session: Session) => void;
  /** A session that was to be made by its first append was not: nothing of it exists. */
  readonly unmade: (session: Session) => void;
}

/** One session in memory: it appends to its log, folds it, wakes its viewers and owns its run. Nothing else. */
export class Session implements CommitTarget, CursorSource, InteractionHost, RunHost {
  readonly session_id: string;
  readonly user_id: string;
  readonly #context: SessionContext;
  readonly #tail: LogTail;
  readonly #inbox = new Inbox();
  readonly #backlog: Backlog;
  readonly #interactions: Interactions;
  readonly #permits: SessionPermits;
  readonly #cursors = new Set<Cursor>();
  readonly #stored = new Map<Entry, { resolve: (result: EntryResult) => void; reject: (error: StoreError) => void }>();
  /** Steering messages that the open run was given. */
  readonly #lent: Waiting[] = [];
  readonly #row: IndexRow;
  #isNew = false;
  #live = new LiveView();
  readonly #pending: Pending = {
    messages: () => this.#inbox.size > 0,
    questions: () => this.#asks(),
    runs: () => this.#run?.open ?? openTurn(this.#view) !== null,
  };
  #run: Run | null = null;
  #suspended = false;
  readonly #onRest: (() => void)[] = [];

  private constructor(context: SessionContext, row: SessionRow) {
    this.#context = context;
    this.session_id = row.session_id;
    this.user_id = row.user_id;
    this.#row = new IndexRow(row);
    this.#tail = new LogTail(row.session_id, context.settler, context.limits.unsettled_rows, context.random);
    this.#backlog = new Backlog(context.limits.unstored_text);
    const { now, limits, permissions } = context;
    const { interaction_ms, store_retry_ms } = limits;
    this.#interactions = new Interactions(this, { now, after: context.later ?? later, interaction_ms, store_retry_ms });
    this.#permits = new SessionPermits(permissions, {
      user_id: row.user_id,
      view: () => this.#view,
      tool: (name) => this.#run?.tool(name) ?? context.agents.tools.find((tool) => tool.name === name),
    });
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
    const said: Event[] = [];
    const see = (event: Event): void => {
      if (event.type === "user_message") said.push(event);
    };
    session.#live = new LiveView(await foldStored(context.store, row.session_id, see, context.now));
    session.#inbox.load(said, session.#view);
    const open = openTurn(session.#view);
    session.#tail.begin(open === null ? session.#view.seq : open.seq - 1);
    return session;
  }

  get view(): View {
    return this.#view;
  }

  get #view(): View {
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

  /** What the store needs to make this session with its first append. */
  get creation(): NewSession {
    return this.#row.creation;
  }

  /** Whether nothing would be lost by forgetting this object: no viewer, run or unstored event. */
  get idle(): boolean {
    return this.#cursors.size === 0 && this.#run === null && this.#stored.size === 0 && this.#inbox.size === 0;
  }

  /** Whether a run is open here, or begins. */
  get running(): boolean {
    return this.#run !== null;
  }

  /** Whether a message was sent here before. */
  knows(message_id: string): boolean {
    return this.#inbox.knows(message_id);
  }

  /** How many watch this session now. */
  get viewers(): number {
    return this.#cursors.size;
  }

  /** Events that the viewer furthest behind has still to get. */
  get lag(): number {
    return [...this.#cursors].reduce((most, { seq }) => Math.max(most, this.head - seq), 0);
  }

  /** Accepts a message: stored when it resolves. A message that is known is not stored or run again. */
  async send({
    message_id,
    content,
    mode,
    options,
    replaces,
    attachments = [],
  }: Pick<Send, "message_id" | "content" | "mode" | "options" | "replaces"> & {
    readonly attachments?: MessageAttachment[];
  }): Promise<{
    seq: number;
    duplicate: boolean;
  }> {
    const known = this.#inbox.find(message_id, content, replaces, attachments);
    if (known !== null) return { seq: await known, duplicate: true };
    if (replaces !== undefined) this.#assertReplaceable(replaces, mode);
    const asked = { ...(options === undefined ? {} : { options }), ...(replaces === undefined ? {} : { replaces }) };
    const files = attachments.length === 0 ? {} : { attachments };
    const event = { type: "user_message", message_id, content, mode, ...asked, ...files } as const;
    const seq = this.append(event, { id: `message:${message_id}` }).then(seqOf);
    this.#inbox.add({ message_id, content, mode, options: options ?? null, attachments }, seq, replaces);
    this.#startNext();
    return { seq: await seq, duplicate: false };
  }

  /** Takes a message back that no run has taken yet. */
  async unsend(message_id: string): Promise<number> {
    const waiting = this.#inbox.remove(message_id);
    if (waiting === undefined) throw new Rejection("not_found", "No such message waits in the queue.");
    try {
      return seqOf(await this.append({ type: "message_withdrawn", message_id }));
    } catch (error) {
      this.#inbox.putBack([waiting], this.#view);
      this.#startNext();
      throw error;
    }
  }

  /** Shows the branch of a message that a run has taken; where it is shown already, nothing is stored. */
  async selectBranch(message_id: string): Promise<number> {
    const turn = this.#turnOf(message_id);
    this.#assertRest();
    if (this.#view.turns.includes(turn)) return this.head;
    return seqOf(await this.append({ type: "branch_selected", message_id }));
  }

  /** Stops a run; `already_ended` where there is nothing to stop. */
  async stop(run_id: string): Promise<"stopping" | "already_ended"> {
    if (this.#run?.run_id === run_id) return this.#run.stop(this.user_id);
    const turn = allTurns(this.#view).find((candidate) => candidate.run_id === run_id);
    if (turn === undefined) throw new Rejection("not_found", "No such run.");
    if (!isOpen(turn)) return "already_ended";
    await this.append({ type: "stop_requested", run_id, by: this.user_id }, { id: `stop:${run_id}` });
    return "stopping";
  }

  /** Answers a question; where it is to be remembered for always, that is stored too when this resolves. */
  async respond(request_id: string, given: Given): Promise<number> {
    const { seq, item } = await this.#interactions.respond(request_id, given, this.user_id);
    try {
      await this.#permits.remember(item);
    } catch (error) {
      // The answer counts; the next call asks again.
      this.#context.log.error({ session_id: this.session_id, error }, "a permission could not be remembered");
    }
    return seq;
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
    return this.#tail.after(seq);
  }

  /** Goes on with what an earlier process left open. */
  resume(): void {
    const turn = openTurn(this.#view);
    if (turn === null) return this.#startNext();
    const asked = turn.items.find((item) => item.kind === "message");
    const options = asked?.kind === "message" ? (asked.message.options ?? {}) : {};
    this.#run = this.#newRun(turn.run_id, { ...options, model: turn.model, agent: turn.agent }, true);
    this.#interactions.resume();
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
    this.#interactions.close();
  }

  /** What is on its way into the log does not arrive in time: a run that waits for it is broken off. */
  lost(error: StoreError): void {
    const run_id = this.#run?.run_id;
    const ofRun = [...this.#stored.keys()].some(({ event }) => event.run_id === run_id && !isAnswer(event));
    if (ofRun || !this.#backlog.empty) this.#run?.broke(error);
    this.#backlog.release();
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
    this.#tail.compact(this.head);
    await this.#context.settler.idle();
  }

  append(event: Untimed, { id, urgent = true }: AppendOptions = {}): Promise<EntryResult> {
    const entry: Entry = { event: this.#timed(event), ...(id === undefined ? {} : { id }) };
    return new Promise((resolve, reject) => {
      this.#stored.set(entry, { resolve, reject });
      this.#add(entry, urgent);
    });
  }

  emit(event: Untimed): void | Promise<void> {
    const { commits, limits } = this.#context;
    // The first piece of a text is what people wait for.
    this.#add({ event: this.#timed(event) }, isDelta(event) && event.offset === 0);
    if (isDelta(event)) return this.#backlog.add(event.content, commits.age > limits.slow_commit_ms);
  }

  takeSteered(): readonly Waiting[] {
    const steered = this.#inbox.takeSteered();
    this.#lent.push(...steered);
    return steered;
  }

  permit(request: PermitRequest, interactive: boolean): Permit {
    return this.#permits.permit(request, interactive);
  }

  ask(run_id: string, request: Interaction, signal: AbortSignal): Promise<InteractionAnswer> {
    return this.#interactions.ask(run_id, request, signal);
  }

  takesAnswers(run_id: string): boolean {
    if (this.#run !== null) return this.#run.run_id === run_id && this.#run.listens;
    // Whoever takes the run up finds the answer, unless it was stopped.
    const turn = openTurn(this.#view);
    return turn?.run_id === run_id && turn.phase.state === "running";
  }

  runEnded(run: Run): void {
    if (this.#run !== run) return;
    run.left();
    this.#run = null;
    for (const rest of this.#onRest.splice(0)) rest();
    // A step that was never stored did not take them.
    this.#inbox.putBack(this.#lent.splice(0), this.#view);
    this.#tail.compact(this.head);
    this.#startNext();
  }

  committed(results: readonly EntryResult[], entries: readonly Entry[]): void {
    this.#isNew = false;
    results.forEach((result, index) => {
      const entry = entries[index] as Entry;
      if (!result.duplicate) {
        const stored = StoredEvent.committed(this.session_id, result.row, entry.event);
        this.#live.push(stored.event);
        this.#tail.push(stored);
        this.#interactions.see(stored.event);
        if (this.#run?.run_id === stored.event.run_id) this.#run?.stored(stored);
      }
      this.#stored.get(entry)?.resolve(result);
      this.#stored.delete(entry);
    });
    this.#backlog.remove(entries);
    for (const cursor of this.#cursors) cursor.wake();
    this.#tail.trim();
    if (this.#suspended) this.#run?.rest();
    if (this.#row.committed(entries)) this.#context.changed(this);
  }

  failed(error: StoreError, entries: readonly Entry[]): void {
    if (this.#isNew) this.#context.unmade(this);
    for (const entry of entries) {
      this.#stored.get(entry)?.reject(error);
      this.#stored.delete(entry);
    }
    this.#backlog.remove(entries);
    this.#row.failed(entries);
    if (entries.some(({ event }) => event.run_id === this.#run?.run_id && !isAnswer(event))) this.#run?.broke(error);
  }

  #turnOf(message_id: string): Turn {
    const holds = (item: Item): boolean => item.kind === "message" && item.message.message_id === message_id;
    const turn = allTurns(this.#view).find(({ items }) => items.some(holds));
    if (turn === undefined) throw new Rejection("not_found", "No run has taken such a message.");
    return turn;
  }

  /** Branches are made and chosen where nothing moves: otherwise a run would find itself in another conversation. */
  #assertRest(): void {
    if (this.#run === null && openTurn(this.#view) === null && this.#inbox.size === 0) return;
    throw new Rejection("run_limit", "A run is open, or a message waits for one.");
  }

  #assertReplaceable(message_id: string, mode: Send["mode"]): void {
    if (mode === "steer") throw new Rejection("bad_request", "replaces: joins no run");
    if (firstMessage(this.#turnOf(message_id)) !== message_id)
      throw new Rejection("bad_request", "replaces: must be the message that began a run");
    this.#assertRest();
  }

  #timed(event: Untimed): NewEvent {
    return { ...event, ts: this.#context.now() } as NewEvent;
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
    const turn = openTurn(this.#view);
    const open = new Set(turn === null ? [] : openInteractions(turn).map(({ request_id }) => request_id));
    for (const { event } of this.#stored.keys()) {
      if (event.type === "interaction_request") open.add(event.request_id);
      else if (event.type === "user_input_received") open.delete(event.request_id);
    }
    return open.size > 0;
  }

  #startNext(): void {
    if (this.#run !== null || this.#suspended) return;
    const message = this.#inbox.takeNext();
    if (message === undefined) return;
    const model = message.options?.model ?? this.#row.coming.model;
    const options = { ...message.options, ...(model === null ? {} : { model }) };
    this.#run = this.#newRun(this.#context.ids(), options, false);
    void this.#begin(this.#run, message, options);
  }

  async #begin(run: Run, message: Waiting, options: RunOptions): Promise<void> {
    const { run_id, log_file } = run;
    const start = this.#context.agents.start(options, run_id);
    try {
      const begun = this.append({ type: "session_start", run_id, message_ids: [message.message_id], ...start });
      // In the same transaction: what fails with it is told there.
      if (log_file !== null) this.append({ type: "log_file", run_id, log_file }).catch(() => {});
      await begun;
    } catch {
      run.left();
      this.#run = null;
      // A message that failed with it is reported to its sender; one that is stored waits for the store.
      this.#inbox.putBack([message], this.#view);
      const { later: wait = later, limits } = this.#context;
      wait(limits.store_retry_ms, () => this.#startNext());
      return;
    }
    const turn = openTurn(this.#view);
    if (turn !== null) await run.drive(turn);
  }

  #newRun(run_id: string, options: RunOptions, resumed: boolean): Run {
    const { agents, now, ids, later: wait = later, random = Math.random, log, limits, attachments } = this.#context;
    const setup = agents.setup(options, { run_id, session_id: this.session_id, resumed });
    return new Run(this, run_id, {
      setup,
      attachments: {
        images: setup.images ?? false,
        read: async (attachment_id) => (await attachments?.read(this.user_id, attachment_id)) ?? null,
      },
      interactive: options.interactive ?? true,
      now,
      ids,
      later: wait,
      random,
      log,
      store_retry_ms: limits.store_retry_ms,
    });
  }
}

const isAnswer = ({ type }: NewEvent): boolean => type === "user_input_received";

function seqOf(result: EntryResult): number {
  return result.duplicate ? result.seq : result.row.seq;
}
