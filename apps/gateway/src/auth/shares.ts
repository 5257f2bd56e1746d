import { TokenBucket } from "../connection/token-bucket.ts";
import type { Limits } from "../limits.ts";
import { Rejection } from "../rejection.ts";
import type { Principal } from "./principal.ts";

/** Something that may have an open run. */
interface Runs {
  readonly running: boolean;
}

/** Users whose rate is held; beyond that the one who was away longest begins anew. */
const HELD = 10_000;

/**
 * What one user may have of the gateway at once, whichever doors they come by. In local mode there is only one, who may
 * have as many sockets, runs and requests as the machine bears; the number of streams is bounded there too.
 */
export class Shares {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #rates = new Map<string, TokenBucket>();
  readonly #sockets = new Map<string, number>();
  readonly #streams = new Map<string, number>();
  readonly #runs = new Map<string, Set<Runs>>();

  constructor(limits: Limits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** One more command or request. 0 where it may go on, otherwise the milliseconds until it may. */
  request(principal: Principal): number {
    if (principal.via === "local") return 0;
    const holder = holderOf(principal);
    const { user_requests_per_minute, user_request_burst } = this.#limits;
    const now = this.#now();
    const rate = this.#rates.get(holder) ?? new TokenBucket(user_requests_per_minute, user_request_burst, now);
    this.#rates.delete(holder);
    this.#rates.set(holder, rate);
    const oldest = this.#rates.size > HELD ? this.#rates.keys().next().value : undefined;
    if (oldest !== undefined) this.#rates.delete(oldest);
    return rate.take(now);
  }

  /** One more WebSocket. @returns what gives it back; null where they have as many as they may */
  socket(principal: Principal): (() => void) | null {
    if (principal.via === "local") return () => {};
    return take(this.#sockets, holderOf(principal), this.#limits.user_connections);
  }

  /** One more answer that stays open. @returns what gives it back @throws Rejection `subscription_limit` */
  stream(principal: Principal): () => void {
    const back = take(this.#streams, holderOf(principal), this.#limits.user_streams);
    if (back === null) throw new Rejection("subscription_limit", "Too many streams are open: close one.");
    return back;
  }

  /** A message that would begin a run, if none is open where it goes. @throws Rejection `run_limit` */
  run({ user_id, via }: Principal, session: Runs): void {
    if (via === "local" || session.running) return;
    const begun = this.#runs.get(user_id) ?? new Set();
    for (const other of begun) if (!other.running) begun.delete(other);
    if (begun.size >= this.#limits.user_runs) throw new Rejection("run_limit", "Too many runs are open: wait for one.");
    this.#runs.set(user_id, begun.add(session));
  }
}

/** Whoever may only read takes nothing from the share of the one whose sessions they are. */
const holderOf = ({ user_id, scope }: Principal): string => `${scope} ${user_id}`;

function take(taken: Map<string, number>, holder: string, most: number): (() => void) | null {
  const before = taken.get(holder) ?? 0;
  if (before >= most) return null;
  taken.set(holder, before + 1);
  let given = false;
  return () => {
    if (given) return;
    given = true;
    const left = (taken.get(holder) ?? 1) - 1;
    if (left > 0) taken.set(holder, left);
    else taken.delete(holder);
  };
}
