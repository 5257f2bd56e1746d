import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Logger } from "pino";
import type { AuthSettings } from "./auth-settings.ts";
import { OWNER, Principal, type Withdrawals } from "./principal.ts";
import { type KeptSignIn, SignInFile } from "./sign-in-file.ts";
import type { Authority } from "./tokens.ts";

const ID = /^[\w-]{43}$/;

/** Kept at most; the oldest give way and are signed out. */
const MOST = 1_000;

export interface SignInOptions {
  readonly auth: AuthSettings;
  readonly data_dir: string;
  /** The longest that one lasts, in milliseconds. */
  readonly lasts_ms: number;
  readonly now: () => number;
  readonly log: Logger;
  /** What the issuer's people had may be taken back. */
  readonly withdrawals?: Withdrawals | null;
}

/**
 * Who signed in with this browser. A sign-in is a random id in a cookie; here only its hash is known, and a proof that
 * the id was given for the token that is still the right one, so another token ends what the old one began.
 */
export class SignIns {
  readonly #options: SignInOptions;
  readonly #file: SignInFile;
  readonly #principals = new Map<string, Principal>();
  #kept: readonly KeptSignIn[];

  constructor(options: SignInOptions) {
    const { data_dir, log, now } = options;
    this.#options = options;
    const damaged = (error: unknown): void =>
      log.warn({ error }, "sign-ins.json is damaged and was put aside: everybody has to sign in again");
    this.#file = new SignInFile(data_dir, damaged);
    this.#kept = this.#file.read().filter(({ expires_at }) => expires_at > now());
  }

  /** A new sign-in for somebody whose token was found right. It works at once, and after a restart where it could be stored. */
  async create(vouched: Principal, authority: Authority): Promise<{ id: string; principal: Principal }> {
    const { now, lasts_ms, log } = this.#options;
    const id = randomBytes(32).toString("base64url");
    const until = now() + lasts_ms;
    const kept: KeptSignIn = {
      hash: hashOf(id),
      proof: this.#proof(id, authority),
      authority,
      user_id: vouched.user_id,
      created_at: now(),
      ...(vouched.issued_at !== null && { issued_at: vouched.issued_at }),
      expires_at: Math.min(until, vouched.expires_at ?? until),
    };
    const live = [...this.#kept, kept].filter(({ expires_at }) => expires_at > now());
    const leaving = live.slice(0, Math.max(0, live.length - MOST));
    this.#kept = live.slice(-MOST);
    for (const { hash } of leaving) this.#end(hash);
    await this.#file.write(this.#kept).catch((error: unknown) => log.warn({ error }, "a sign-in could not be stored"));
    return { id, principal: this.#principal(kept) };
  }

  /** Null where the id is nobody's, or nobody's any more. */
  find(id: string): Principal | null {
    if (!ID.test(id)) return null;
    const hash = hashOf(id);
    const kept = this.#kept.find((one) => one.hash === hash);
    if (kept === undefined || !this.#isVouchedFor(kept, id)) return null;
    const principal = this.#principal(kept);
    return principal.ended === null ? principal : null;
  }

  /** Ends it for every socket and stream at once. @throws where that could not be stored and would not outlast a restart */
  async revoke(id: string): Promise<void> {
    const hash = hashOf(id);
    if (!this.#kept.some((one) => one.hash === hash)) return;
    this.#kept = this.#kept.filter((one) => one.hash !== hash);
    this.#end(hash);
    await this.#file.write(this.#kept);
  }

  #principal(kept: KeptSignIn): Principal {
    const known = this.#principals.get(kept.hash);
    if (known !== undefined) return known;
    const { user_id, expires_at, authority, issued_at = kept.created_at } = kept;
    const { now, withdrawals = null } = this.#options;
    const scope = authority === "read_token" ? "read" : "full";
    const principal = new Principal(
      { user_id, via: "sign_in", scope, expires_at, issued_at },
      now,
      authority === "oidc" ? withdrawals : null,
    );
    this.#principals.set(kept.hash, principal);
    principal.onEnd(() => this.#principals.delete(kept.hash));
    return principal;
  }

  #end(hash: string): void {
    this.#principals.get(hash)?.revoke();
  }

  #isVouchedFor({ proof, authority, user_id }: KeptSignIn, id: string): boolean {
    const { oidc } = this.#options.auth;
    const expected = this.#proof(id, authority);
    if (expected.length !== proof.length || !timingSafeEqual(Buffer.from(expected), Buffer.from(proof))) return false;
    return authority === "oidc" ? oidc !== null && user_id.startsWith(`${oidc.issuer}#`) : user_id === OWNER;
  }

  /** Empty where the authority is none any more. */
  #proof(id: string, authority: Authority): string {
    const { token, read_token, oidc } = this.#options.auth;
    const by = { token, read_token, oidc: oidc === null ? null : `${oidc.issuer}\n${oidc.audience}` }[authority];
    return by === null ? "" : createHmac("sha256", id).update(`${authority}\n${by}`).digest("base64url");
  }
}

function hashOf(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}
