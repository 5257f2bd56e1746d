import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Logger } from "pino";
import type { AuthSettings } from "./auth-settings.ts";
import { OWNER, Principal, type Withdrawals } from "./principal.ts";
import { type KeptSignIn, SignInFile } from "./sign-in-file.ts";
import type { Authority } from "./tokens.ts";

const ID = /^[\w-]{43}$/;

export interface SignInOptions {
  readonly auth: AuthSettings;
  readonly data_dir: string;
  /** How long one lasts at most; how many one user may have with one scope, and all together. */
  readonly limits: { readonly sign_in_ms: number; readonly user_sign_ins: number; readonly sign_ins: number };
  readonly now: () => number;
  readonly log: Logger;
  /** What the issuer's people had may be taken back. */
  readonly withdrawals?: Withdrawals | null;
}

export interface SignedIn {
  /** For the cookie. */
  readonly id: string;
  readonly principal: Principal;
}

/**
 * Who signed in with this browser. A sign-in is a random id in a cookie; here only its hash is known, and a proof that
 * the id was given for the token that is still the right one, so another token ends what the old one began.
 */
export class SignIns {
  readonly #options: SignInOptions;
  readonly #file: SignInFile;
  readonly #principals = new Map<string, Principal>();
  /** By hash, the oldest first. */
  #kept: ReadonlyMap<string, KeptSignIn>;

  constructor(options: SignInOptions) {
    const { data_dir, log, now } = options;
    this.#options = options;
    const damaged = (error: unknown): void =>
      log.warn({ error }, "sign-ins.json is damaged and was put aside: everybody has to sign in again");
    this.#file = new SignInFile(data_dir, damaged);
    this.#kept = byHash(this.#file.read().filter(({ expires_at }) => expires_at > now()));
  }

  /**
   * A new sign-in for somebody whose token was found right. It works at once, and after a restart where it could be
   * stored. Where there are too many it takes the place of the same user's oldest with the same scope, never of somebody
   * else's: null where they have none.
   */
  async create(vouched: Principal, authority: Authority): Promise<SignedIn | null> {
    const { now, log, limits } = this.#options;
    const live = [...this.#kept.values()].filter(({ expires_at }) => expires_at > now());
    const own = live.filter((one) => one.user_id === vouched.user_id && one.authority === authority);
    const full = live.length >= limits.sign_ins;
    if (full && own.length === 0) return null;
    const left = new Set(own.slice(0, Math.max(full ? 1 : 0, own.length + 1 - limits.user_sign_ins)));
    const id = randomBytes(32).toString("base64url");
    const until = now() + limits.sign_in_ms;
    const kept: KeptSignIn = {
      hash: hashOf(id),
      proof: this.#proof(id, authority),
      authority,
      user_id: vouched.user_id,
      created_at: now(),
      ...(vouched.issued_at !== null && { issued_at: vouched.issued_at }),
      expires_at: Math.min(until, vouched.expires_at ?? until),
    };
    this.#kept = byHash([...live.filter((one) => !left.has(one)), kept]);
    for (const { hash } of left) this.#end(hash);
    await this.#write().catch((error: unknown) => log.warn({ error }, "a sign-in could not be stored"));
    return { id, principal: this.#principal(kept) };
  }

  /** Null where the id is nobody's, or nobody's any more. */
  find(id: string): Principal | null {
    if (!ID.test(id)) return null;
    const kept = this.#kept.get(hashOf(id));
    if (kept === undefined || !this.#isVouchedFor(kept, id)) return null;
    const principal = this.#principal(kept);
    return principal.ended === null ? principal : null;
  }

  /** Ends it for every socket and stream at once. @throws where that could not be stored and would not outlast a restart */
  async revoke(id: string): Promise<void> {
    const hash = hashOf(id);
    if (!this.#kept.has(hash)) return;
    this.#kept = byHash([...this.#kept.values()].filter((one) => one.hash !== hash));
    this.#end(hash);
    await this.#write();
  }

  #write(): Promise<void> {
    return this.#file.write([...this.#kept.values()]);
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

function byHash(sign_ins: readonly KeptSignIn[]): ReadonlyMap<string, KeptSignIn> {
  return new Map(sign_ins.map((one) => [one.hash, one]));
}

function hashOf(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}
