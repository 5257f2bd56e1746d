import { limitKey } from "./address.ts";
import { WindowCounter } from "./window-counter.ts";

const MINUTE = 60_000;

/**
 * How often somebody may sign in, which is written to the disk each time. Until it is known who it is they count for
 * their address, whatever they send; then for themselves, so that nobody keeps out who comes from the same proxy. What
 * may only be read counts apart: whoever has that token keeps its owner out of nothing.
 */
export class SignInLimit {
  readonly #strangers: WindowCounter;
  readonly #users: WindowCounter;

  constructor(per_minute: number, now: () => number) {
    this.#strangers = new WindowCounter(per_minute, MINUTE, now);
    this.#users = new WindowCounter(per_minute, MINUTE, now);
  }

  /** Somebody comes. 0 where they are listened to, otherwise the milliseconds until they may try again. */
  knock(address: string): number {
    return take(this.#strangers, limitKey(address));
  }

  /** It is known who knocked there. 0 where they may sign in, likewise. */
  known(address: string, { user_id, scope }: { readonly user_id: string; readonly scope: string }): number {
    this.#strangers.remove(limitKey(address));
    return take(this.#users, `${scope} ${user_id}`);
  }
}

function take(counter: WindowCounter, key: string): number {
  const wait_ms = counter.wait(key);
  if (wait_ms === 0) counter.add(key);
  return wait_ms;
}
