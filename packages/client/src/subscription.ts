import { type Event, place, type Subscribed } from "@millrace/protocol/fold";
import type { WatchFrom, WatchHandlers, WatchState } from "./types.ts";

/** One reader of a session: a cursor and whom to tell. */
export class Watcher {
  readonly handlers: WatchHandlers;
  cursor: number;
  epoch: string | null;
  /** Where to start, counted from the end; null once the server has said where that is. */
  tail: number | null;
  #state: WatchState = "subscribing";
  #closed = false;

  constructor(handlers: WatchHandlers, from: WatchFrom) {
    this.handlers = handlers;
    this.cursor = from.after ?? 0;
    this.epoch = from.epoch ?? null;
    this.tail = from.tail ?? null;
  }

  close(): void {
    this.#closed = true;
  }

  enter(state: WatchState): void {
    if (this.#closed || state === this.#state) return;
    this.#state = state;
    this.handlers.onState?.(state);
  }

  /** Takes over the server's word about where events follow from. */
  position(reply: Pick<Subscribed, "after" | "epoch" | "head" | "reset">): void {
    if (this.#closed) return;
    const replaced = this.epoch !== null && this.epoch !== reply.epoch;
    const beyond = this.tail === null && this.cursor > reply.head;
    this.epoch = reply.epoch;
    if (this.tail !== null || reply.reset) this.restart(reply.after);
    else if (replaced || beyond) this.restart(0);
  }

  restart(after: number): void {
    if (this.#closed) return;
    this.tail = null;
    this.cursor = after;
    this.handlers.onReset(after);
  }

  /** The cursor moves after the handler returned: what a handler did not take is not counted as read. */
  offer(event: Event): "next" | "seen" | "hole" {
    if (this.#closed) return "seen";
    const placed = place({ seq: this.cursor }, event);
    if (placed === "next") {
      this.handlers.onEvents([event]);
      this.cursor = event.seq;
    }
    return placed;
  }

  live(seq: number): void {
    this.enter("live");
    if (!this.#closed) this.handlers.onLive(seq);
  }
}

/** What the connection carries of one session: one subscription for all its watchers. */
export interface Subscription {
  readonly session_id: string;
  readonly watchers: Set<Watcher>;
  phase: /** Subscribed as soon as there is a connection. */
    | "offline"
    /** Waits for `subscribed`, for a timer, or for a free place: frames belong to an older subscription. */
    | "pending"
    | "waiting"
    | "refused"
    /** Frames count. */
    | "open";
  /** Of the `subscribe` whose reply counts. */
  request: object | null;
  /** Repeated subscribes since an event last came through. */
  repeats: number;
  /** Undo of the one timer: to repeat, or to look whether the head was reached. */
  cancelTimer: (() => void) | null;
}

/** The earliest cursor: what the wire has to bring is decided by the reader who is furthest behind. */
export function furthestBehind(subscription: Subscription): Watcher | null {
  let last: Watcher | null = null;
  for (const watcher of subscription.watchers) {
    if (watcher.tail === null && (last === null || watcher.cursor < last.cursor)) last = watcher;
  }
  return last;
}
