import { createHash, randomUUID } from "node:crypto";
import { allTurns, type SessionSummary } from "@millrace/protocol";
import type { Append, FoundSession, SessionRow, StoreError } from "@millrace/store";
import { type Action, authorize } from "../auth/authorize.ts";
import type { Principal } from "../auth/principal.ts";
import { later } from "../later.ts";
import { Rejection } from "../rejection.ts";
import { Session, type SessionContext } from "./session.ts";

/** Hears of every change in the sessions' index of its user. */
export type ChangeListener = (summary: SessionSummary) => void;

const SESSION_ID = /^[a-z0-9_-]{1,64}$/;

/** The sessions in memory and the way to the others. Each session exists at most once in a process. */
export class Sessions {
  readonly #context: SessionContext;
  readonly #held = new Map<string, Promise<Session>>();
  readonly #listeners = new Map<string, Set<ChangeListener>>();
  readonly #used = new WeakMap<Session, number>();
  #callOffSweep: () => void = () => {};
  #draining = false;

  constructor(context: Omit<SessionContext, "changed" | "unmade">) {
    this.#context = {
      ...context,
      changed: (session) => this.#notify(session.user_id, session.summary),
      unmade: (session) => void this.#held.delete(session.session_id),
    };
    this.#sweepLater();
  }

  /** The only way to a session that exists. @throws Rejection `not_found`: also for what is somebody else's */
  async get(principal: Principal, action: Action, session_id: string): Promise<Session> {
    const session = SESSION_ID.test(session_id) ? await this.#load(session_id) : null;
    if (session !== null) this.#used.set(session, this.#context.now());
    if (session === null) throw new Rejection("not_found", "No such session.");
    authorize(principal, action, session);
    return session;
  }

  /** A session, empty or with a log that is at rest. Durable when it resolves. */
  async create(
    principal: Principal,
    title?: string,
    { entries, summary }: Pick<Append, "entries" | "summary"> = { entries: [] },
  ): Promise<Session> {
    authorize(principal, "create_session", null);
    const fresh = this.#fresh(principal.user_id, `s_${randomUUID().replaceAll("-", "").slice(0, 20)}`, title ?? "");
    const { session_id, creation } = fresh;
    const { store, settler } = this.#context;
    await store.append([{ session_id, create: creation, entries, ...(summary === undefined ? {} : { summary }) }]);
    if (entries.length > 0) settler.compact(session_id, 0, entries.length);
    const session = await this.get(principal, "create_session", session_id);
    this.#notify(principal.user_id, session.summary);
    return session;
  }

  /**
   * The session that a message without one belongs to. Its id follows from user and message, so that the same message
   * sent again after a lost answer finds the session that the first one made.
   */
  async forMessage(user_id: string, message_id: string): Promise<Session> {
    const session_id = this.idForMessage(user_id, message_id);
    let session = await this.#load(session_id);
    if (session === null) {
      // The same message may have come twice at once: whoever is first makes the session.
      const made = this.#held.get(session_id) ?? Promise.resolve(this.#fresh(user_id, session_id, ""));
      this.#held.set(session_id, made);
      session = await made;
    }
    this.#used.set(session, this.#context.now());
    return session;
  }

  idForMessage(user_id: string, message_id: string): string {
    return `s_${createHash("sha256").update(`${user_id}\n${message_id}`).digest("hex").slice(0, 20)}`;
  }

  async list(
    user_id: string,
    query: { limit: number; q?: string; cursor?: string },
  ): Promise<{ sessions: (SessionSummary & Pick<FoundSession, "found">)[]; next_cursor: string | null }> {
    const { sessions, next } = await this.#context.store.sessions.list({ user_id, ...query });
    return { sessions: sessions.map(({ user_id: _user, epoch: _epoch, ...summary }) => summary), next_cursor: next };
  }

  /** Stops what runs, removes the log, tells every viewer. */
  async remove(principal: Principal, session_id: string): Promise<void> {
    const session = await this.get(principal, "delete_session", session_id);
    session.gone();
    await session.settled();
    await this.#context.store.sessions.remove(session_id);
    this.#held.delete(session_id);
    // Whoever came while it was being removed.
    session.gone();
    await this.#context.attachments?.release(session_id);
    await this.#context.agents.forget(allTurns(session.view).map(({ run_id }) => run_id));
    this.#notify(session.user_id, { ...session.summary, status: "deleted" });
  }

  /** Takes up what an earlier process left open. @returns how many sessions */
  async resume(): Promise<number> {
    const unfinished = await this.#context.store.sessions.unfinished();
    for (const session_id of unfinished) await this.#load(session_id);
    return unfinished.length;
  }

  /** Ends runs at their next step, at the latest after `ms` or when `hurried`; then every log is at rest. */
  async drain(ms: number, hurried: Promise<void>): Promise<void> {
    this.#draining = true;
    this.#callOffSweep();
    const sessions = await Promise.all(this.#held.values());
    for (const session of sessions) session.suspend();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.all(sessions.map((session) => session.rested())), late, hurried]);
    clearTimeout(timer);
    for (const session of sessions) session.detach();
    await this.#context.commits.flush();
    await Promise.all(sessions.map((session) => session.settled()));
  }

  /** Sessions in memory, who follows them, and how many events the one that is furthest behind has still to get. */
  async census(): Promise<{ held: number; viewers: number; lag: number }> {
    // One that is being loaded has nobody yet.
    const loaded = await Promise.all([...this.#held.values()].map((session) => Promise.race([session, null])));
    const sessions = loaded.filter((session) => session !== null);
    return {
      held: this.#held.size,
      viewers: sessions.reduce((sum, { viewers }) => sum + viewers, 0),
      lag: sessions.reduce((most, { lag }) => Math.max(most, lag), 0),
    };
  }

  /** What is on its way into the logs does not arrive: the runs that wait for it are broken off. */
  async lost(error: StoreError): Promise<void> {
    const sessions = await Promise.allSettled(this.#held.values());
    for (const session of sessions) if (session.status === "fulfilled") session.value.lost(error);
  }

  onChange(user_id: string, listener: ChangeListener): () => void {
    const listeners = this.#listeners.get(user_id) ?? new Set();
    this.#listeners.set(user_id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(user_id);
    };
  }

  #fresh(user_id: string, session_id: string, title: string): Session {
    const now = this.#context.now();
    const row: SessionRow = {
      session_id,
      user_id,
      title,
      model: null,
      status: "idle",
      head: 0,
      epoch: randomUUID(),
      created_at: now,
      updated_at: now,
    };
    const session = Session.fresh(this.#context, row);
    if (this.#draining) session.suspend();
    return session;
  }

  async #load(session_id: string): Promise<Session | null> {
    const held = this.#held.get(session_id);
    if (held !== undefined) return held;
    const row = await this.#context.store.sessions.get(session_id);
    if (row === null) return null;
    // Another caller may have begun to load it while the index was asked.
    const begun = this.#held.get(session_id);
    if (begun !== undefined) return begun;
    const loading = Session.load(this.#context, row).then((session) => {
      // Before anybody is given it: a command that found it at rest would begin a second run beside an open one.
      if (this.#draining) session.suspend();
      else session.resume();
      return session;
    });
    this.#held.set(session_id, loading);
    loading.catch(() => this.#held.delete(session_id));
    return loading;
  }

  #sweepLater(): void {
    const { later: wait = later, limits } = this.#context;
    this.#callOffSweep = wait(limits.idle_session_ms, () => {
      this.#sweepLater();
      void this.#unloadIdle();
    });
  }

  async #unloadIdle(): Promise<void> {
    for (const [session_id, loading] of this.#held) {
      const session = await loading.catch(() => null);
      if (session === null || !session.idle) continue;
      // Whoever was just given this session is about to use it.
      const unused = this.#context.now() - (this.#used.get(session) ?? 0);
      if (unused >= this.#context.limits.idle_session_ms) this.#held.delete(session_id);
    }
  }

  #notify(user_id: string, summary: SessionSummary): void {
    for (const listener of this.#listeners.get(user_id) ?? []) listener(summary);
  }
}
