import type { Event, Heartbeat, Live, Reject, Subscribed } from "@millrace/protocol";
import { backoff } from "./policy.ts";
import type { Outcome, Requests } from "./requests.ts";
import { furthestBehind, type Subscription, Watcher } from "./subscription.ts";
import type { Clock, Watch, WatchFrom, WatchHandlers } from "./types.ts";

/** A head that stays above the cursor for this long means that something was lost. */
const HEAD_MS = 2_000;

/** The sessions that are watched: who reads them, and from where to read on after a loss. */
export class Subscriptions {
  readonly #requests: Requests;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Subscription>();

  constructor(requests: Requests, clock: Clock) {
    this.#requests = requests;
    this.#clock = clock;
  }

  watch(session_id: string, handlers: WatchHandlers, from: WatchFrom = {}): Watch {
    const watcher = new Watcher(handlers, from);
    let subscription = this.#sessions.get(session_id);
    if (subscription === undefined) {
      const watchers = new Set<Watcher>();
      subscription = { session_id, watchers, phase: "offline", request: null, repeats: 0, cancelTimer: null };
      this.#sessions.set(session_id, subscription);
    }
    subscription.watchers.add(watcher);
    this.#subscribe(subscription);
    return {
      session_id,
      get cursor() {
        return watcher.cursor;
      },
      get epoch() {
        return watcher.epoch;
      },
      close: () => this.#close(subscription, watcher),
    };
  }

  /** There is a connection that knows none of the subscriptions. */
  online(): void {
    for (const subscription of [...this.#sessions.values()]) this.#subscribe(subscription);
  }

  offline(): void {
    for (const subscription of [...this.#sessions.values()]) this.#enter(subscription, "offline");
  }

  event(event: Event): void {
    const subscription = this.#sessions.get(event.session_id);
    if (subscription?.phase !== "open") return;
    const placed = [...subscription.watchers].map((watcher) => watcher.offer(event));
    if (placed.includes("next")) subscription.repeats = 0;
    if (placed.includes("hole")) this.#repeat(subscription);
  }

  live({ session_id, seq }: Live): void {
    const subscription = this.#sessions.get(session_id);
    if (subscription?.phase !== "open") return;
    if (cursorOf(subscription) < seq) this.#repeat(subscription);
    else for (const watcher of [...subscription.watchers]) watcher.live(seq);
  }

  heartbeat({ heads }: Heartbeat): void {
    for (const subscription of this.#sessions.values()) {
      const head = heads[subscription.session_id];
      if (typeof head === "number" && subscription.phase === "open" && subscription.cancelTimer === null) {
        this.#expect(subscription, head);
      }
    }
  }

  /** The session does not exist (any more). */
  gone(session_id: string): void {
    const subscription = this.#sessions.get(session_id);
    if (subscription === undefined) return;
    this.#forget(subscription);
    for (const watcher of [...subscription.watchers]) watcher.enter("gone");
  }

  #subscribe(subscription: Subscription): void {
    const { session_id } = subscription;
    const last = furthestBehind(subscription);
    const tail = [...subscription.watchers].find((watcher) => watcher.tail !== null)?.tail ?? null;
    const request = {};
    const id = this.#requests.start(
      {
        type: "subscribe",
        session_id,
        after: last?.cursor ?? 0,
        ...(last !== null && last.epoch !== null && { epoch: last.epoch }),
        ...(tail !== null && { tail }),
      },
      (outcome) => {
        if (subscription.request === request) this.#answered(subscription, outcome);
      },
    );
    if (id === null) this.#enter(subscription, "offline");
    else this.#enter(subscription, "pending", request);
  }

  #answered(subscription: Subscription, outcome: Outcome): void {
    if (outcome?.type === "subscribed") this.#open(subscription, outcome);
    else if (outcome?.type === "reject") this.#rejected(subscription, outcome);
    else this.#enter(subscription, "offline");
  }

  #open(subscription: Subscription, reply: Subscribed): void {
    this.#enter(subscription, "open");
    for (const watcher of [...subscription.watchers]) watcher.position(reply);
    // A handler may have changed the watchers, and with them the subscription.
    if (subscription.phase !== "open") return;
    if (cursorOf(subscription) < reply.after) this.#repeat(subscription);
    else for (const watcher of [...subscription.watchers]) watcher.enter("catching_up");
  }

  #rejected(subscription: Subscription, reply: Reject): void {
    switch (reply.code) {
      case "rate_limited":
      case "storage_unavailable":
        this.#repeat(subscription, reply.retry_after_ms ?? backoff(subscription.repeats + 1));
        break;
      case "subscription_limit":
        this.#enter(subscription, "refused");
        break;
      case "bad_cursor":
        for (const watcher of [...subscription.watchers]) watcher.restart(0);
        this.#repeat(subscription);
        break;
      default:
        this.gone(subscription.session_id);
    }
  }

  /** Subscribes again from the cursor: at once the first time, then ever later while no event comes through. */
  #repeat(subscription: Subscription, at_least_ms = 0): void {
    const { repeats } = subscription;
    subscription.repeats += 1;
    const in_ms = Math.max(at_least_ms, repeats === 0 ? 0 : backoff(repeats));
    if (in_ms === 0) {
      this.#subscribe(subscription);
    } else {
      this.#enter(subscription, "waiting");
      subscription.cancelTimer = this.#clock.after(in_ms, () => this.#subscribe(subscription));
    }
  }

  /** Subscribes again when the cursor stays below `head`; as long as it moves, the history is still coming. */
  #expect(subscription: Subscription, head: number): void {
    const cursor = cursorOf(subscription);
    if (cursor >= head) return;
    subscription.cancelTimer = this.#clock.after(HEAD_MS, () => {
      subscription.cancelTimer = null;
      if (cursorOf(subscription) === cursor) this.#repeat(subscription);
      else this.#expect(subscription, head);
    });
  }

  #enter(subscription: Subscription, phase: Subscription["phase"], request: object | null = null): void {
    subscription.cancelTimer?.();
    subscription.cancelTimer = null;
    subscription.request = request;
    subscription.phase = phase;
    if (phase === "open" || this.#sessions.get(subscription.session_id) !== subscription) return;
    for (const watcher of [...subscription.watchers]) watcher.enter("subscribing");
  }

  #close(subscription: Subscription, watcher: Watcher): void {
    watcher.close();
    subscription.watchers.delete(watcher);
    if (subscription.watchers.size > 0 || this.#sessions.get(subscription.session_id) !== subscription) return;
    this.#forget(subscription);
    this.#requests.start({ type: "unsubscribe", session_id: subscription.session_id }, () => {});
    const refused = [...this.#sessions.values()].find((other) => other.phase === "refused");
    if (refused !== undefined) this.#subscribe(refused);
  }

  #forget(subscription: Subscription): void {
    this.#sessions.delete(subscription.session_id);
    this.#enter(subscription, "offline");
  }
}

/** Everything up to here has reached every watcher. */
function cursorOf(subscription: Subscription): number {
  return furthestBehind(subscription)?.cursor ?? Number.POSITIVE_INFINITY;
}
