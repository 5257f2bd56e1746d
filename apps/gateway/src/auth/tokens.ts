import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type AuthSettings, isJwt } from "./auth-settings.ts";
import { GuessLimit } from "./guess-limit.ts";
import type { Oidc } from "./oidc.ts";
import { OWNER, Principal, type Withdrawals } from "./principal.ts";

/** What vouches for somebody. */
export type Authority = "token" | "read_token" | "oidc";

export type Refused =
  | { readonly kind: "invalid" | "expired" | "unavailable" }
  /** Not looked at. */
  | { readonly kind: "limited"; readonly wait_ms: number };

export type Verdict =
  | { readonly kind: "valid"; readonly principal: Principal; readonly authority: Authority }
  | Refused;

/** Digests under a key of this process: of one length, and what their comparison takes tells nothing. */
const key = randomBytes(32);
const digest = (text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Tokens as they come in a header, a frame or the sign-in page. */
export class Tokens {
  readonly #own: readonly { readonly digest: Buffer; readonly authority: Authority; readonly principal: Principal }[];
  readonly #oidc: Oidc | null;
  readonly #withdrawals: Withdrawals | null;
  readonly #guesses: GuessLimit;
  readonly #now: () => number;

  constructor(
    { token, read_token }: AuthSettings,
    oidc: Oidc | null,
    limits: { per_minute: number; now: () => number },
    withdrawals: Withdrawals | null = null,
  ) {
    const own = [
      { text: token, authority: "token", scope: "full" },
      { text: read_token, authority: "read_token", scope: "read" },
    ] as const;
    this.#own = own.flatMap(({ text, authority, scope }) => {
      const principal = new Principal({ user_id: OWNER, via: "token", scope });
      return text === null ? [] : [{ digest: digest(text), authority, principal }];
    });
    this.#oidc = oidc;
    this.#withdrawals = withdrawals;
    this.#guesses = new GuessLimit(limits.per_minute, limits.now);
    this.#now = limits.now;
  }

  /**
   * Whose token that is. Tries are limited where guessing could lead anywhere: for the gateway's own token, whatever
   * else was sent with it. A signature cannot be guessed.
   */
  async verify(token: string, address: string): Promise<Verdict> {
    if (this.#oidc !== null && isJwt(token)) return this.#verifyJwt(this.#oidc, token);
    const wait_ms = this.#guesses.wait(address);
    if (wait_ms > 0) return { kind: "limited", wait_ms };
    const given = digest(token);
    // All of them, so that the time does not tell which one was nearly right.
    const [found] = this.#own.filter((own) => timingSafeEqual(own.digest, given));
    if (found === undefined) {
      this.#guesses.failed(address);
      return { kind: "invalid" };
    }
    this.#guesses.succeeded(address);
    return { kind: "valid", principal: found.principal, authority: found.authority };
  }

  async #verifyJwt(oidc: Oidc, token: string): Promise<Verdict> {
    const verdict = await oidc.verify(token);
    if (verdict.kind !== "valid") return verdict;
    const { user_id, expires_at, issued_at } = verdict;
    const principal = new Principal({ user_id, via: "oidc", expires_at, issued_at }, this.#now, this.#withdrawals);
    if (principal.ended === "revoked") return { kind: "invalid" };
    return { kind: "valid", principal, authority: "oidc" };
  }
}
