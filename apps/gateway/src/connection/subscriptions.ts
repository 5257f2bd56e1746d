import type { ControlFrame, Subscribe } from "@millrace/protocol";
import type { Principal } from "../auth/principal.ts";
import { Rejection } from "../rejection.ts";
import type { Cursor, CursorSink } from "../session/cursor.ts";
import type { Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import { tailAfter } from "../session/tail-after.ts";

export interface SubscriptionOutput {
  /** An event's frame, as it is stored. */
  send(frame: string): void;
  control(frame: ControlFrame): void;
  writable(): boolean;
  failed(error: unknown): void;
}

/** The sessions that one connection watches: a cursor each. */
export class Subscriptions {
  readonly #principal: Principal;
  readonly #sessions: Sessions;
  readonly #limit: number;
  readonly #output: SubscriptionOutput;
  readonly #cursors = new Map<string, { session: Session; cursor: Cursor }>();
  #closed = false;

  constructor(principal: Principal, sessions: Sessions, limit: number, output: SubscriptionOutput) {
    this.#principal = principal;
    this.#sessions = sessions;
    this.#limit = limit;
    this.#output = output;
  }

  /** Answers `subscribed`, then events begin; replaces a subscription of the same session. @throws Rejection */
  async subscribe({ id, session_id, after, epoch, tail }: Subscribe): Promise<void> {
    if (!this.#cursors.has(session_id)) this.assertRoom();
    const session = await this.#sessions.get(this.#principal, "subscribe", session_id);
    if (this.#closed) return;
    const { head } = session;
    const reset = (epoch !== undefined && epoch !== session.epoch) || after > head;
    const start = reset ? 0 : tail === undefined ? after : tailAfter(session.view, tail);
    this.unsubscribe(session_id);
    this.#output.control({ type: "subscribed", id, session_id, epoch: session.epoch, head, after: start, reset });
    this.#watch(session, start);
  }

  /** @throws Rejection where one more session would be too many */
  assertRoom(): void {
    if (this.#cursors.size < this.#limit) return;
    throw new Rejection("subscription_limit", `More than ${this.#limit} sessions at once.`);
  }

  /** Watches a session from its start without a command: one that a `send` has made. */
  follow(session: Session): void {
    if (this.#closed || this.#cursors.has(session.session_id)) return;
    this.#watch(session, 0);
  }

  unsubscribe(session_id: string): void {
    const held = this.#cursors.get(session_id);
    if (held === undefined) return;
    this.#cursors.delete(session_id);
    held.session.unwatch(held.cursor);
  }

  /** The socket has room again. */
  wake(): void {
    for (const { cursor } of this.#cursors.values()) cursor.wake();
  }

  heads(): Record<string, number> {
    return Object.fromEntries([...this.#cursors].map(([session_id, { session }]) => [session_id, session.head]));
  }

  close(): void {
    this.#closed = true;
    for (const session_id of [...this.#cursors.keys()]) this.unsubscribe(session_id);
  }

  #watch(session: Session, after: number): void {
    const { session_id } = session;
    const sink: CursorSink = {
      writable: () => this.#output.writable(),
      event: (stored) => this.#output.send(stored.frame),
      live: (seq) => this.#output.control({ type: "live", session_id, seq }),
      failed: (error) => this.#output.failed(error),
      gone: () => this.#cursors.delete(session_id),
    };
    const cursor = session.watch(after, sink);
    this.#cursors.set(session_id, { session, cursor });
    cursor.wake();
  }
}
