import { createHash, randomUUID } from "node:crypto";
import type { SessionSummary } from "@millrace/protocol";
import type { SessionRow } from "@millrace/store";
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
  readonly #sweep: NodeJS.Timeout;
  #draining = false;

  constructor(context: Omit<SessionContext, "changed" | "unmade">) {
    this.#context = {
      ...context,
      changed: (session) => this.#notify(session.user_id, session.summary),
      unmade: (session) => void this.#held.delete(session.session_id),
    };
    this.#sweep = setInterval(() => void this.#unloadIdle(), context.limits.idle_session_ms).unref();
  }

  /** @throws Rejection `not_found`: also for what is somebody else's */
  async get(user_id: string, session_id: string): Promise<Session> {
    const session = SESSION_ID.test(session_id) ? await this.#load(session_id) : null;
    if (session !== null) this.#used.set(session, this.#context.now());
    if (session === null || session.user_id !== user_id) throw new Rejection("not_found", "No such session.");
    return session;
  }

  /** An empty session. Durable when it resolves. */
  async create(user_id: string, title?: string): Promise<Session> {
    const fresh = this.#fresh(user_id, `s_${randomUUID().replaceAll("-", "").slice(0, 20)}`, title ?? "");
    await this.#context.store.append([{ session_id: fresh.session_id, create: fresh.creation, entries: [] }]);
    const session = await this.get(user_id, fresh.session_id);
    this.#notify(user_id, session.summary);
    return session;
  }

  /**
   * The session that a message without one belongs to. Its id follows from user and message, so that the same message
   * sent again after a lost answer finds the session that the first one made.
   */
  async forMessage(user_id: string, message_id: string): Promise<Session> {
    const digest = createHash("sha256").update(`${user_id}\n${message_id}`).digest("hex");
    const session_id = `s_${digest.slice(0, 20)}`;
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

  async list(
    user_id: string,
    query: { limit: number; q?: string; cursor?: string },
  ): Promise<{ sessions: SessionSummary[]; next_cursor: string | null }> {
    const { sessions, next } = await this.#context.store.sessions.list({ user_id, ...query });
    return { sessions: sessions.map(({ user_id: _user, epoch: _epoch, ...summary }) => summary), next_cursor: next };
  }

  /** Stops what runs, removes the log, tells every viewer. */
  async remove(user_id: string, session_id: string): Promise<void> {
    const session = await this.get(user_id, session_id);
    session.gone();
    await session.settled();
    await this.#context.store.sessions.remove(session_id);
    this.#held.delete(session_id);
    // Whoever came while it was being removed.
    session.gone();
    await this.#context.agents.forget(session.view.turns.map(({ run_id }) => run_id));
    this.#notify(user_id, { ...session.summary, status: "deleted" });
  }

  /** Takes up what an earlier process left open. @returns how many sessions */
  async resume(): Promise<number> {
    const unfinished = await this.#context.store.sessions.unfinished();
    for (const session_id of unfinished) (await this.#load(session_id))?.resume();
    return unfinished.length;
  }

  /** Ends runs at their next step, at the latest after `ms` or when `hurried`; then every log is at rest. */
  async drain(ms: number, hurried: Promise<void>): Promise<void> {
    this.#draining = true;
    clearInterval(this.#sweep);
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
    const loading = Session.load(this.#context, row);
    this.#held.set(session_id, loading);
    loading.catch(() => this.#held.delete(session_id));
    const session = await loading;
    if (this.#draining) session.suspend();
    return session;
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
