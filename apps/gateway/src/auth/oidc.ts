import type { JWTPayload, JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import { isTrustworthy, type OidcSettings } from "./auth-settings.ts";

/** `unavailable`: the issuer's keys could not be had, so nothing is known about the token. */
export type OidcVerdict =
  | { readonly kind: "valid"; readonly user_id: string; readonly expires_at: number; readonly issued_at: number | null }
  | { readonly kind: "invalid" | "expired" | "unavailable" };

/** Only what needs the issuer's private key: with a shared secret, its public key could be used as one. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** Of an access or ID token; others of the same issuer, such as those that announce a sign-out, are no sign-in. */
const TYPES = new Set(["jwt", "at+jwt"]);
/** For a clock that is behind the issuer's. What has expired here has expired. */
const CLOCK_TOLERANCE_S = 5;
const FETCH_MS = 5_000;
/** An issuer that does not answer is not asked again for so long. */
const RETRY_MS = 5_000;

/** What is wrong with the token itself; every other failure is the issuer's or the network's. */
const INVALID = new Set([
  "ERR_JOSE_ALG_NOT_ALLOWED",
  "ERR_JOSE_NOT_SUPPORTED",
  "ERR_JWKS_MULTIPLE_MATCHING_KEYS",
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JWS_INVALID",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  "ERR_JWT_CLAIM_VALIDATION_FAILED",
  "ERR_JWT_INVALID",
]);

type Jose = typeof import("jose");

/** Tokens of one OpenID Connect issuer. The only file that knows the JWT library, which is loaded when it is needed. */
export class Oidc {
  readonly #settings: OidcSettings;
  readonly #log: Logger;
  readonly #now: () => number;
  #ready: Promise<{ jose: Jose; keys: JWTVerifyGetKey }> | null = null;
  #retry_at = 0;
  #quiet_until = 0;

  constructor(settings: OidcSettings, log: Logger, now: () => number) {
    this.#settings = settings;
    this.#log = log;
    this.#now = now;
  }

  /** Asks the issuer where its keys are, so that a wrong setting is told at the start and the first token need not wait. */
  async prepare(): Promise<void> {
    await this.#open().catch((error: unknown) => this.#complain(error));
  }

  async verify(token: string): Promise<OidcVerdict> {
    try {
      const { jose, keys } = await this.#open();
      const { issuer, audience } = this.#settings;
      const { payload, protectedHeader } = await jose.jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ["exp", "sub"],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.#now()),
      });
      if (!TYPES.has((protectedHeader.typ ?? "").toLowerCase().replace(/^application\//, "")))
        return { kind: "invalid" };
      return this.#verdict(payload);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (code === "ERR_JWT_EXPIRED") return { kind: "expired" };
      if (INVALID.has(code)) return { kind: "invalid" };
      this.#complain(error);
      return { kind: "unavailable" };
    }
  }

  #verdict({ sub, exp = 0, iat }: JWTPayload): OidcVerdict {
    const expires_at = exp * 1_000;
    if (typeof sub !== "string" || !/^[\x20-\x7e]{1,255}$/.test(sub) || !Number.isFinite(expires_at))
      return { kind: "invalid" };
    if (expires_at <= this.#now()) return { kind: "expired" };
    const issued_at = iat === undefined ? null : iat * 1_000;
    return { kind: "valid", user_id: `${this.#settings.issuer}#${sub}`, expires_at, issued_at };
  }

  async #open(): Promise<{ jose: Jose; keys: JWTVerifyGetKey }> {
    if (this.#ready === null && this.#now() < this.#retry_at) throw new Error("The issuer did not answer just now.");
    this.#ready ??= this.#discover();
    try {
      return await this.#ready;
    } catch (error) {
      this.#ready = null;
      throw error;
    }
  }

  async #discover(): Promise<{ jose: Jose; keys: JWTVerifyGetKey }> {
    try {
      const jose = await import("jose");
      const keys = jose.createRemoteJWKSet(await this.#keysAddress(), { timeoutDuration: FETCH_MS });
      return { jose, keys };
    } catch (error) {
      this.#retry_at = this.#now() + RETRY_MS;
      throw error;
    }
  }

  /** Whoever asks often must not fill the log. */
  #complain(error: unknown): void {
    if (this.#now() < this.#quiet_until) return;
    this.#quiet_until = this.#now() + RETRY_MS;
    this.#log.error({ error }, "the keys of OIDC_ISSUER are not available: its tokens cannot be checked");
  }

  async #keysAddress(): Promise<URL> {
    const { issuer } = this.#settings;
    const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {
      headers: { accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(FETCH_MS),
    });
    if (!response.ok) throw new Error(`The discovery document was answered with ${response.status}.`);
    const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (document.issuer !== issuer)
      throw new Error(`The issuer calls itself ${JSON.stringify(document.issuer)}: set OIDC_ISSUER to exactly that.`);
    if (typeof document.jwks_uri !== "string" || !isTrustworthy(document.jwks_uri))
      throw new Error("The discovery document names no https address for the keys.");
    return new URL(document.jwks_uri);
  }
}
