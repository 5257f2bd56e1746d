import type { Logger } from "pino";
import { TokenBucket } from "../connection/token-bucket.ts";
import type { Denial } from "./authorize.ts";
import type { Principal } from "./principal.ts";

/** Where something came from: what every line says. */
export interface Origin {
  readonly address: string;
  /** Of a WebSocket. */
  readonly connection_id?: string;
}

/** Lines a minute about what was refused; the next one says how many were left out. */
const REFUSALS_PER_MINUTE = 60;

const SESSION_ID = /^[a-z0-9_-]{1,64}$/;

/**
 * Who came in, who was turned away and why, with user, connection and address; never a token, nor anything else that was
 * sent. Written whatever the log level is, unless it is `silent`.
 */
export class Audit {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #refusals: TokenBucket;
  #left_out = 0;

  constructor(log: Logger, now: () => number) {
    const level = log.level === "silent" || log.isLevelEnabled("info") ? log.level : "info";
    this.#log = log.child({ audit: true }, { level });
    this.#now = now;
    this.#refusals = new TokenBucket(REFUSALS_PER_MINUTE, REFUSALS_PER_MINUTE, now());
  }

  signedIn(origin: Origin, { user_id, via, scope }: Principal): void {
    this.#log.info({ ...origin, user_id, via, scope }, "signed in");
  }

  /** A socket that showed who it is. */
  connected(origin: Origin, { user_id, via, scope }: Principal): void {
    this.#log.info({ ...origin, user_id, via, scope }, "connected");
  }

  signedOut(origin: Origin, { user_id }: Principal): void {
    this.#log.info({ ...origin, user_id }, "signed out");
  }

  /** Nobody knows who that was. */
  refused(origin: Origin, why: string): void {
    this.#refuse({ ...origin, why }, "refused");
  }

  /** Somebody who is known asked for what they may not. */
  denied(origin: Origin, { user_id }: Principal, { action, reason }: Denial, session_id?: string): void {
    const named = session_id !== undefined && SESSION_ID.test(session_id) ? { session_id } : {};
    this.#refuse({ ...origin, user_id, action, reason, ...named }, "denied");
  }

  #refuse(fields: object, message: string): void {
    if (this.#refusals.take(this.#now()) > 0) {
      this.#left_out += 1;
      return;
    }
    const left_out = this.#left_out === 0 ? {} : { left_out: this.#left_out };
    this.#left_out = 0;
    this.#log.warn({ ...fields, ...left_out }, message);
  }
}
