import { randomUUID } from "node:crypto";
import type { Ack, MessageAttachment, RunOptions, Send } from "@millrace/protocol";
import { StoreError } from "@millrace/store";
import { authorize } from "./auth/authorize.ts";
import type { Principal } from "./auth/principal.ts";
import type { Agents } from "./models/agents.ts";
import { Rejection } from "./rejection.ts";
import type { Given } from "./session/answer.ts";
import type { Session } from "./session/session.ts";
import type { Sessions } from "./session/sessions.ts";
import type { StorageHealth } from "./storage/storage-health.ts";
import type { Imported } from "./transfer/imported-log.ts";

/** What an accepted command changed; a door adds its own command `id`. */
export type Accepted = Omit<Ack, "type" | "id">;

/** The files that messages name. */
interface NamedFiles {
  /** Those of a message that is about to be stored. @throws Rejection `not_found` where one is not the user's */
  refer(user_id: string, session_id: string, ids: readonly string[]): Promise<MessageAttachment[]>;
  /** Those that an imported session names: what is not the user's stays only a name. */
  adopt(user_id: string, session_id: string, ids: readonly string[]): Promise<void>;
}

/** How much of the gateway a user may have. */
interface RunShare {
  /** A message is about to be stored. @throws Rejection `run_limit` */
  run(principal: Principal, session: { readonly running: boolean }): void;
}

const NO_FILES: NamedFiles = {
  refer: () => Promise.reject(new Rejection("not_found", "No such attachment.")),
  adopt: async () => {},
};

/** What every door offers: the same commands over WebSocket and HTTP. Each throws {@link Rejection}. */
export class Commands {
  readonly #sessions: Sessions;
  readonly #agents: Agents;
  readonly #storage: Pick<StorageHealth, "refusal">;
  readonly #files: NamedFiles;
  readonly #shares: RunShare;

  constructor(
    sessions: Sessions,
    agents: Agents,
    storage: Pick<StorageHealth, "refusal">,
    files: NamedFiles = NO_FILES,
    shares: RunShare = { run: () => {} },
  ) {
    this.#sessions = sessions;
    this.#agents = agents;
    this.#storage = storage;
    this.#files = files;
    this.#shares = shares;
  }

  /** Accepts a message; without `session_id` a session is made for it. */
  async send(
    principal: Principal,
    message: Pick<Send, "message_id" | "content" | "mode" | "replaces"> & {
      session_id?: string | undefined;
      options?: RunOptions | undefined;
      attachments?: readonly string[] | undefined;
    },
  ): Promise<{ session: Session; accepted: Accepted }> {
    authorize(principal, "send", null);
    this.#checkModel(message.options?.model);
    this.#checkAgent(message.options?.agent);
    this.#checkStorage();
    if (message.replaces !== undefined && message.session_id === undefined)
      throw new Rejection("not_found", "A new session has no message to replace.");
    const { user_id } = principal;
    const { attachments: ids = [], session_id, ...said } = message;
    const found = session_id === undefined ? null : await this.#sessions.get(principal, "send", session_id);
    // Before the session is made: a file that is not there makes none.
    const owner = found?.session_id ?? this.#sessions.idForMessage(user_id, message.message_id);
    const attachments = ids.length === 0 ? [] : await this.#files.refer(user_id, owner, ids);
    const session = found ?? (await this.#sessions.forMessage(user_id, message.message_id));
    if (!session.knows(message.message_id)) this.#shares.run(principal, session);
    const { seq, duplicate } = await stored(session.send({ ...said, attachments }));
    return { session, accepted: { session_id: session.session_id, message_id: message.message_id, seq, duplicate } };
  }

  async unsend(principal: Principal, session_id: string, message_id: string): Promise<Accepted> {
    const session = await this.#sessions.get(principal, "unsend", session_id);
    return { session_id, message_id, seq: await stored(session.unsend(message_id)) };
  }

  /** Shows the branch of a message. */
  async selectBranch(principal: Principal, session_id: string, message_id: string): Promise<Accepted> {
    const session = await this.#sessions.get(principal, "select_branch", session_id);
    return { session_id, message_id, seq: await stored(session.selectBranch(message_id)) };
  }

  async stop(principal: Principal, session_id: string, run_id: string): Promise<Accepted> {
    const session = await this.#sessions.get(principal, "stop", session_id);
    return { session_id, outcome: await stored(session.stop(run_id)) };
  }

  async update(
    principal: Principal,
    session_id: string,
    change: { title?: string; model?: string },
  ): Promise<Accepted> {
    if (Object.keys(change).length === 0) throw new Rejection("bad_request", "There is nothing to change.");
    this.#checkModel(change.model);
    const session = await this.#sessions.get(principal, "update_session", session_id);
    return { session_id, seq: await stored(session.update(change)) };
  }

  async create(principal: Principal, title?: string): Promise<Session> {
    return stored(this.#sessions.create(principal, title));
  }

  /** A session of an exported one. */
  async import(principal: Principal, imported: Imported): Promise<Session> {
    this.#checkStorage();
    const { title, model, status, events } = imported;
    // A model that is not there would fail every run.
    const chosen = model !== null && this.#agents.has(model) ? { model } : {};
    const entries = events.map((event) => ({ event }));
    const session = await stored(this.#sessions.create(principal, title, { entries, summary: { status, ...chosen } }));
    const named = events.flatMap((event) => (event.type === "user_message" ? (event.attachments ?? []) : []));
    const ids = new Set(named.map(({ attachment_id }) => attachment_id));
    await this.#files.adopt(principal.user_id, session.session_id, [...ids]);
    return session;
  }

  async remove(principal: Principal, session_id: string): Promise<Accepted> {
    await stored(this.#sessions.remove(principal, session_id));
    return { session_id };
  }

  /** Answers a question that a run asked. */
  async respond(principal: Principal, session_id: string, request_id: string, given: Given): Promise<Accepted> {
    const session = await this.#sessions.get(principal, "respond", session_id);
    return { session_id, request_id, seq: await stored(session.respond(request_id, given)) };
  }

  /** A run that begins now would only wait. */
  #checkStorage(): void {
    const { refusal } = this.#storage;
    if (refusal !== null) throw new Rejection("storage_unavailable", refusal, { retry_after_ms: RETRY_AFTER_MS });
  }

  #checkModel(model: string | undefined): void {
    if (model !== undefined && !this.#agents.has(model)) throw new Rejection("unknown_model", "No such model.");
  }

  #checkAgent(agent: string | undefined): void {
    if (agent !== undefined && !this.#agents.hasAgent(agent)) throw new Rejection("bad_request", "No such agent.");
  }
}

const RETRY_AFTER_MS = 5_000;

/** A message id for callers that did not bring one. */
export function newMessageId(): string {
  return randomUUID();
}

async function stored<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === "gone") throw new Rejection("not_found", "No such session.", { cause: error });
    throw new Rejection("storage_unavailable", "Not stored: the storage is not available now.", {
      retry_after_ms: RETRY_AFTER_MS,
      cause: error,
    });
  }
}
