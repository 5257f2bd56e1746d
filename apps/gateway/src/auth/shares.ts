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
  request({ user_id, via }: Principal): number {
    if (via === "local") return 0;
    const { user_requests_per_minute, user_request_burst } = this.#limits;
    const now = this.#now();
    const rate = this.#rates.get(user_id) ?? new TokenBucket(user_requests_per_minute, user_request_burst, now);
    this.#rates.delete(user_id);
    this.#rates.set(user_id, rate);
    const oldest = this.#rates.size > HELD ? this.#rates.keys().next().value : undefined;
    if (oldest !== undefined) this.#rates.delete(oldest);
    return rate.take(now);
  }

  /** One more WebSocket. @returns what gives it back; null where they have as many as they may */
  socket({ user_id, via }: Principal): (() => void) | null {
    return via === "local" ? () => {} : take(this.#sockets, user_id, this.#limits.user_connections);
  }

  /** One more answer that stays open. @returns what gives it back @throws Rejection `subscription_limit` */
  stream({ user_id }: Principal): () => void {
    const back = take(this.#streams, user_id, this.#limits.user_streams);
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

function take(taken: Map<string, number>, user_id: string, most: number): (() => void) | null {
  const before = taken.get(user_id) ?? 0;
  if (before >= most) return null;
  taken.set(user_id, before + 1);
  let given = false;
  return () => {
    if (given) return;
    given = true;
    const left = (taken.get(user_id) ?? 1) - 1;
    if (left > 0) taken.set(user_id, left);
    else taken.delete(user_id);
  };
}
