import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import type { Limits } from "../limits.ts";
import { Audit } from "./audit.ts";
import type { AuthSettings } from "./auth-settings.ts";
import { SignInCookie } from "./cookie.ts";
import { Oidc } from "./oidc.ts";
import { OWNER, Principal } from "./principal.ts";
import { Revocations } from "./revocations.ts";
import { SignInLimit } from "./sign-in-limit.ts";
import { SignIns } from "./sign-ins.ts";
import { type Refused, Tokens } from "./tokens.ts";

/** Who sent a request. `nobody`: it brought nothing that could tell. */
export type Caller = { readonly kind: "valid"; readonly principal: Principal } | Unadmitted;
export type Unadmitted = Refused | { readonly kind: "nobody" };

/** Where somebody has to say who they are. */
export interface Doors {
  readonly tokens: Tokens;
  readonly cookie: SignInCookie;
  readonly signIns: SignIns;
  readonly signInLimit: SignInLimit;
}

export interface AuthOptions {
  /** Null: local mode. */
  readonly auth: AuthSettings | null;
  /** The port that is listened on, once it is. */
  readonly port: () => number;
  readonly data_dir: string;
  readonly limits: Pick<
    Limits,
    "auth_failures_per_minute" | "sign_in_ms" | "sign_ins_per_minute" | "user_sign_ins" | "sign_ins"
  >;
  readonly now: () => number;
  readonly log: Logger;
}

/** A token of fewer characters might be guessed in spite of the limit. */
const SHORT = 16;

const LOCAL: Caller = { kind: "valid", principal: new Principal({ user_id: OWNER, via: "local" }) };

/** Tells who somebody is, for every door alike. What they may do is `authorize`'s. */
export class Auth {
  readonly audit: Audit;
  /** Null in local mode: whoever reaches the address is the owner. */
  readonly doors: Doors | null;

  constructor({ auth, port, data_dir, limits, now, log }: AuthOptions) {
    this.audit = new Audit(log, now);
    if (auth === null) {
      this.doors = null;
      return;
    }
    if (auth.token !== null && auth.token.length < SHORT)
      log.warn("MILLRACE_TOKEN is short: 16 characters or more, at random, cannot be guessed");
    const oidc = auth.oidc === null ? null : new Oidc(auth.oidc, log, now);
    void oidc?.prepare();
    const withdrawals = auth.oidc === null ? null : new Revocations({ issuer: auth.oidc.issuer, data_dir, now, log });
    this.doors = {
      tokens: new Tokens(auth, oidc, { per_minute: limits.auth_failures_per_minute, now }, withdrawals),
      cookie: new SignInCookie(port),
      signIns: new SignIns({ auth, data_dir, limits, now, log, withdrawals }),
      signInLimit: new SignInLimit(limits.sign_ins_per_minute, now),
    };
  }

  /** By the `Authorization` header, which decides where it is there, or by the sign-in's cookie. */
  async callerOf(request: IncomingMessage, address: string): Promise<Caller> {
    if (this.doors === null) return LOCAL;
    const { authorization } = request.headers;
    if (authorization === undefined) return this.#byCookie(this.doors, request);
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    return token === undefined ? { kind: "invalid" } : this.doors.tokens.verify(token, address);
  }

  /** Whether a request shows at once, and without a guess, who sent it. */
  isKnown(request: IncomingMessage): boolean {
    if (this.doors === null) return true;
    return request.headers.authorization === undefined && this.#byCookie(this.doors, request).kind === "valid";
  }

  #byCookie({ cookie, signIns }: Doors, request: IncomingMessage): Caller {
    for (const id of cookie.read(request)) {
      const principal = signIns.find(id);
      if (principal !== null) return { kind: "valid", principal };
    }
    return { kind: "nobody" };
  }
}
