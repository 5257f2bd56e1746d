import { type Ack, type CommandInput, FRAME_BYTES, type Reject, type Subscribed } from "@millrace/protocol/fold";
import type { Connection } from "./connection.ts";
import { DisconnectedError, RejectedError } from "./errors.ts";

/** How a command ended: answered, or lost with its connection (`null`). */
export type Outcome = Ack | Subscribed | Reject | null;

type WithoutId<C> = C extends CommandInput ? Omit<C, "id"> : never;
export type Request = WithoutId<CommandInput>;

/** Commands that wait for their reply, by `id`. An id is used once, over all connections. */
export class Requests {
  readonly #connection: Connection;
  readonly #pending = new Map<string, (outcome: Outcome) => void>();
  #count = 0;
  #frame_bytes: number = FRAME_BYTES;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Takes over what `welcome` said: a longer frame would cost the connection, so it is refused here. */
  limit(limits: unknown): void {
    const { frame_bytes } = (limits ?? {}) as { frame_bytes?: unknown };
    this.#frame_bytes = typeof frame_bytes === "number" ? frame_bytes : FRAME_BYTES;
  }

  /** Calls back exactly once; returns the command's id, or null where there was no connection and nobody is called. */
  start(request: Request, onOutcome: (outcome: Outcome) => void): string | null {
    const id = `c${++this.#count}`;
    const text = JSON.stringify({ ...request, id });
    if (this.#connection.online && byteLength(text) > this.#frame_bytes) {
      queueMicrotask(() =>
        onOutcome({ type: "reject", id, code: "too_large", message: "Larger than a frame may be." }),
      );
      return id;
    }
    if (!this.#connection.send(text)) return null;
    this.#pending.set(id, onOutcome);
    return id;
  }

  /** The same as a promise: rejects with RejectedError or DisconnectedError. */
  ask(request: Request): Promise<Ack> {
    return new Promise((resolve, reject) => {
      const id = this.start(request, (outcome) => {
        if (outcome?.type === "ack") resolve(outcome);
        else reject(outcome?.type === "reject" ? rejected(outcome) : new DisconnectedError("The connection was lost."));
      });
      if (id === null) reject(new DisconnectedError("There is no connection."));
    });
  }

  settle(reply: Ack | Subscribed | Reject): void {
    const { id } = reply;
    const onOutcome = id === null ? undefined : this.#pending.get(id);
    if (id === null || onOutcome === undefined) return;
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#connection.input({ type: "settled" });
    onOutcome(reply);
  }

  /** The connection is gone: nobody will answer. */
  lose(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const onOutcome of pending) onOutcome(null);
  }
}

export function rejected(reply: Reject): RejectedError {
  return new RejectedError(reply.code, reply.message, reply.retry_after_ms);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
