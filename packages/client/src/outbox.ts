import type { Ack } from "@millrace/protocol";
import { RejectedError } from "./errors.ts";
import { type Outcome, type Requests, rejected } from "./requests.ts";
import type { Clock, OutboxEntry, OutboxStorage, OutgoingMessage, Readable, SentMessage } from "./types.ts";
import { uuid } from "./uuid.ts";
import { createValue } from "./value.ts";

/** Messages that may wait at once; a further one is refused. */
export const OUTBOX_LIMIT = 1_000;
const RETRY_MS = 1_000;
const MIN_PACE_MS = 50;

/** Messages until the server has them: kept over losses and reloads, sent again with the same `message_id`. */
export class Outbox {
  readonly #requests: Requests;
  readonly #clock: Clock;
  readonly #storage: OutboxStorage | undefined;
  readonly #entries = createValue<readonly OutboxEntry[]>([]);
  readonly #waiting = new Map<string, Waiting>();
  /** Messages that were on a socket once: the server may have them. */
  readonly #tried = new Set<string>();
  /** Pause after each message once the server found us too fast; 0 until then. */
  #pace_ms = 0;
  #cancelTimer: (() => void) | null = null;

  readonly entries: Readable<readonly OutboxEntry[]> = this.#entries;

  constructor(requests: Requests, clock: Clock, storage: OutboxStorage | undefined) {
    this.#requests = requests;
    this.#clock = clock;
    this.#storage = storage;
    this.#entries.set(load(storage));
  }

  send(message: OutgoingMessage): SentMessage {
    const { message_id = uuid(), session_id = null, content, mode = "queue", options, replaces, attachments } = message;
    const known = this.#find(message_id);
    const accepted = this.#promise(message_id);
    if (known !== undefined && known.state !== "rejected") return { message_id, accepted };
    const others = this.#entries.get().filter((entry) => entry !== known);
    if (others.length >= OUTBOX_LIMIT) {
      this.#waiting.get(message_id)?.reject(new RejectedError("rate_limited", "Too many messages are waiting."));
      this.#waiting.delete(message_id);
      return { message_id, accepted };
    }
    const asked = {
      ...(options && { options }),
      ...(replaces !== undefined && { replaces }),
      ...(attachments && { attachments }),
    };
    const entry: OutboxEntry = { message_id, session_id, content, mode, ...asked, state: "waiting" };
    this.#set([...others, entry]);
    this.flush();
    return { message_id, accepted };
  }

  /** Whether the server cannot have this message, as far as this page knows. */
  isUntried(message_id: string): boolean {
    return !this.#tried.has(message_id);
  }

  withdraw(message_id: string): boolean {
    const entry = this.#find(message_id);
    if (entry === undefined || entry.state === "sent") return false;
    this.#remove(message_id)?.reject(new DOMException("The message was taken back.", "AbortError"));
    this.flush();
    return true;
  }

  online(): void {
    this.#pause(0);
    this.#pace_ms = 0;
    this.flush();
  }

  /** Sends what may go now: the oldest message of each session, unless it is on its way. */
  flush(): void {
    if (this.#cancelTimer !== null) return;
    const busy = new Set<string>();
    for (const entry of this.#entries.get()) {
      const lane = entry.session_id ?? entry.message_id;
      if (entry.state === "rejected" || busy.has(lane)) continue;
      busy.add(lane);
      // Asked anew: a listener may have sent or withdrawn in the meantime.
      if (this.#find(entry.message_id)?.state !== "waiting") continue;
      if (!this.#start(entry)) return;
      if (this.#pace_ms > 0) {
        this.#pause(this.#pace_ms);
        return;
      }
    }
  }

  #start({ message_id, session_id, content, mode, options, replaces, attachments }: OutboxEntry): boolean {
    const id = this.#requests.start(
      {
        type: "send",
        ...(session_id !== null && { session_id }),
        message_id,
        content,
        mode,
        ...(options !== undefined && { options }),
        ...(replaces !== undefined && { replaces }),
        ...(attachments !== undefined && { attachments: [...attachments] }),
      },
      (outcome) => this.#answered(message_id, outcome),
    );
    if (id === null) return false;
    this.#tried.add(message_id);
    this.#change(message_id, { state: "sent" });
    return true;
  }

  #answered(message_id: string, outcome: Outcome): void {
    if (outcome === null) {
      this.#change(message_id, { state: "waiting" });
      return;
    }
    if (outcome.type === "ack") {
      this.#remove(message_id)?.resolve(outcome);
    } else if (outcome.type === "reject" && outcome.code === "rate_limited") {
      this.#pace_ms = Math.max(MIN_PACE_MS, outcome.retry_after_ms ?? RETRY_MS);
      this.#change(message_id, { state: "waiting" });
      this.#pause(this.#pace_ms);
    } else if (outcome.type === "reject") {
      const { code, message } = outcome;
      this.#change(message_id, { state: "rejected", reason: { code, message } });
      this.#waiting.get(message_id)?.reject(rejected(outcome));
      this.#waiting.delete(message_id);
    }
    this.flush();
  }

  #pause(ms: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (ms === 0) return;
    this.#cancelTimer = this.#clock.after(ms, () => {
      this.#cancelTimer = null;
      this.flush();
    });
  }

  #find(message_id: string): OutboxEntry | undefined {
    return this.#entries.get().find((entry) => entry.message_id === message_id);
  }

  #change(message_id: string, change: Partial<OutboxEntry>): void {
    this.#set(this.#entries.get().map((entry) => (entry.message_id === message_id ? { ...entry, ...change } : entry)));
  }

  #remove(message_id: string): Waiting | undefined {
    const promise = this.#waiting.get(message_id);
    this.#waiting.delete(message_id);
    this.#tried.delete(message_id);
    this.#set(this.#entries.get().filter((entry) => entry.message_id !== message_id));
    return promise;
  }

  #set(entries: readonly OutboxEntry[]): void {
    try {
      this.#storage?.save(entries);
    } catch {
      // A full or forbidden storage must not keep a message from being sent.
    }
    this.#entries.set(entries);
  }

  /** Nobody has to listen: a rejection is also in the entry. */
  #promise(message_id: string): Promise<Ack> {
    const known = this.#waiting.get(message_id);
    if (known !== undefined) return known.promise;
    const made = waiting();
    made.promise.catch(() => {});
    this.#waiting.set(message_id, made);
    return made.promise;
  }
}

interface Waiting {
  promise: Promise<Ack>;
  resolve: (ack: Ack) => void;
  reject: (error: Error) => void;
}

/** `Promise.withResolvers` is missing in Node 20. */
function waiting(): Waiting {
  let settle: Omit<Waiting, "promise"> | null = null;
  const promise = new Promise<Ack>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as unknown as Omit<Waiting, "promise">) };
}

/** What an earlier page left; a message that was on its way then waits again. */
function load(storage: OutboxStorage | undefined): readonly OutboxEntry[] {
  try {
    const entries = storage?.load() ?? [];
    return entries
      .filter((entry) => typeof entry.message_id === "string" && typeof entry.content === "string")
      .map((entry) => (entry.state === "rejected" ? entry : { ...entry, state: "waiting" }));
  } catch {
    return [];
  }
}
