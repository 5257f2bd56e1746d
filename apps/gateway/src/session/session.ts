import {
  allTurns,
  type Event,
  firstMessage,
  type Item,
  type MessageAttachment,
  openTurn,
  type Send,
  type SessionSummary,
  type Turn,
  type View,
} from "@millrace/protocol";
import type { EntryResult, NewSession, SessionRow, StoreError } from "@millrace/store";
import { Rejection } from "../rejection.ts";
import type { Given } from "./answer.ts";
import type { Cursor, CursorSink } from "./cursor.ts";
import { Inbox } from "./inbox.ts";
import { type LogContext, type LogListener, SessionLog } from "./session-log.ts";
import { type RunsContext, SessionRuns } from "./session-runs.ts";

/** The files that messages bring. */
interface SessionFiles extends NonNullable<RunsContext["attachments"]> {
  /** The session is removed. */
  release(session_id: string): Promise<void>;
}

export interface SessionContext extends LogContext, RunsContext {
  /** Where the files of messages are; without it they are left out. */
  readonly attachments?: SessionFiles;
  /** The session's row in the index changed and is stored. */
  readonly changed: (session: Session) => void;
  /** A session that was to be made by its first append was not: nothing of it exists. */
  readonly unmade: (session: Session) => void;
}

/** One session in memory: what people ask of it, the log that keeps it and the runs that answer. */
export class Session {
  readonly session_id: string;
  readonly user_id: string;
  readonly #context: SessionContext;
  readonly #inbox = new Inbox();
  readonly #log: SessionLog;
  readonly #runs: SessionRuns;

  private constructor(context: SessionContext, row: SessionRow, isNew: boolean) {
    this.#context = context;
    this.session_id = row.session_id;
    this.user_id = row.user_id;
    const listener: LogListener = {
      messages: () => this.#inbox.size > 0,
      runs: () => this.#runs.open,
      stored: (stored) => this.#runs.stored(stored),
      committed: (changed) => {
        this.#runs.committed();
        if (changed) context.changed(this);
      },
      failed: (error, entries, unmade) => {
        if (unmade) context.unmade(this);
        this.#runs.failed(error, entries);
      },
    };
    this.#log = new SessionLog(context, row, listener, isNew);
    this.#runs = new SessionRuns(context, { user_id: row.user_id, log: this.#log, inbox: this.#inbox });
  }

  /** A session that its first append makes. */
  static fresh(context: SessionContext, row: SessionRow): Session {
    return new Session(context, row, true);
  }

  /** A stored session: its log read and folded. @throws StoreError */
  static async load(context: SessionContext, row: SessionRow): Promise<Session> {
    const session = new Session(context, row, false);
    const said: Event[] = [];
    await session.#log.load((event) => {
      if (event.type === "user_message") said.push(event);
    });
    session.#inbox.load(said, session.view);
    return session;
  }

  get view(): View {
    return this.#log.view;
  }

  get head(): number {
    return this.#log.head;
  }

  get epoch(): string {
    return this.#log.epoch;
  }

  get summary(): SessionSummary {
    return this.#log.summary;
  }

  /** What the store needs to make this session with its first append. */
  get creation(): NewSession {
    return this.#log.creation;
  }

  /** Whether nothing would be lost by forgetting this object: no viewer, run or unstored event. */
  get idle(): boolean {
    return this.#log.idle && !this.#runs.running && this.#inbox.size === 0;
  }

  /** Whether a run is open here, or begins. */
  get running(): boolean {
    return this.#runs.running;
  }

  /** Whether a message was sent here before. */
  knows(message_id: string): boolean {
    return this.#inbox.knows(message_id);
  }

  /** How many watch this session now. */
  get viewers(): number {
    return this.#log.viewers;
  }

  /** Events that the viewer furthest behind has still to get. */
  get lag(): number {
    return this.#log.lag;
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
    if (this.#inbox.size >= this.#context.limits.queued_messages)
      throw new Rejection("run_limit", "Too many messages wait for a run here.");
    const asked = { ...(options === undefined ? {} : { options }), ...(replaces === undefined ? {} : { replaces }) };
    const files = attachments.length === 0 ? {} : { attachments };
    const event = { type: "user_message", message_id, content, mode, ...asked, ...files } as const;
    const seq = this.#log.append(event, { id: `message:${message_id}` }).then(seqOf);
    this.#inbox.add({ message_id, content, mode, options: options ?? null, attachments }, seq, replaces);
    this.#runs.startNext();
    return { seq: await seq, duplicate: false };
  }

  /** Takes a message back that no run has taken yet. */
  async unsend(message_id: string): Promise<number> {
    const waiting = this.#inbox.remove(message_id);
    if (waiting === undefined) throw new Rejection("not_found", "No such message waits in the queue.");
    try {
      return seqOf(await this.#log.append({ type: "message_withdrawn", message_id }));
    } catch (error) {
      this.#inbox.putBack([waiting], this.view);
      this.#runs.startNext();
      throw error;
    }
  }

  /** Shows the branch of a message that a run has taken; where it is shown already, nothing is stored. */
  async selectBranch(message_id: string): Promise<number> {
    const turn = this.#turnOf(message_id);
    this.#assertRest();
    if (this.view.turns.includes(turn)) return this.head;
    return seqOf(await this.#log.append({ type: "branch_selected", message_id }));
  }

  /** Stops a run; `already_ended` where there is nothing to stop. */
  stop(run_id: string): Promise<"stopping" | "already_ended"> {
    return this.#runs.stop(run_id);
  }

  /** Stops whatever runs, for a caller who is not there any more to hear how it went. */
  stopOpenRun(): void {
    this.#runs.stopOpen();
  }

  /** Answers a question; where it is to be remembered for always, that is stored too when this resolves. */
  respond(request_id: string, given: Given): Promise<number> {
    return this.#runs.respond(request_id, given);
  }

  /** Stores a new title or model. */
  async update(change: { title?: string; model?: string }): Promise<number> {
    return seqOf(await this.#log.append({ type: "session_updated", ...change }));
  }

  /** A viewer whose frames begin after a position; it moves by itself until it is closed. */
  watch(after: number, sink: CursorSink): Cursor {
    return this.#log.watch(after, sink);
  }

  unwatch(cursor: Cursor): void {
    this.#log.unwatch(cursor);
  }

  /** Goes on with what an earlier process left open. */
  resume(): void {
    this.#runs.resume();
  }

  /** No run begins any more; the open one ends at its next step. */
  suspend(): void {
    this.#runs.suspend();
  }

  /** Lets go of the open run at once. */
  detach(): void {
    this.#runs.detach();
  }

  /** What is on its way into the log does not arrive in time: a run that waits for it is broken off. */
  lost(error: StoreError): void {
    this.#runs.lost(error);
  }

  /** The session is about to be removed: nothing is written any more and every viewer is let go. */
  gone(): void {
    this.detach();
    this.#log.letGo();
  }

  /** Resolves when no run is open in this process. */
  rested(): Promise<void> {
    return this.#runs.rested();
  }

  /** Waits until the log is merged and nothing is left to write. */
  async settled(): Promise<void> {
    this.#log.compact();
    await this.#context.settler.idle();
  }

  #turnOf(message_id: string): Turn {
    const holds = (item: Item): boolean => item.kind === "message" && item.message.message_id === message_id;
    const turn = allTurns(this.view).find(({ items }) => items.some(holds));
    if (turn === undefined) throw new Rejection("not_found", "No run has taken such a message.");
    return turn;
  }

  /** Branches are made and chosen where nothing moves: otherwise a run would find itself in another conversation. */
  #assertRest(): void {
    if (!this.#runs.running && openTurn(this.view) === null && this.#inbox.size === 0) return;
    throw new Rejection("run_limit", "A run is open, or a message waits for one.");
  }

  #assertReplaceable(message_id: string, mode: Send["mode"]): void {
    if (mode === "steer") throw new Rejection("bad_request", "replaces: joins no run");
    if (firstMessage(this.#turnOf(message_id)) !== message_id)
      throw new Rejection("bad_request", "replaces: must be the message that began a run");
    this.#assertRest();
  }
}

function seqOf(result: EntryResult): number {
  return result.duplicate ? result.seq : result.row.seq;
}
