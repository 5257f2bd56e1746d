/** Why somebody is not let in any more. */
export type PrincipalEnd = "expired" | "revoked";

export interface PrincipalFields {
  readonly user_id: string;
  readonly via: "local" | "token" | "oidc" | "sign_in";
  /** `read`: sees everything of the user's and changes nothing. */
  readonly scope?: "full" | "read";
  /** Unix time in milliseconds; null: it does not expire. */
  readonly expires_at?: number | null;
  /** When what vouches for them was issued, likewise; null: it does not say. */
  readonly issued_at?: number | null;
}

/** Where what was issued to somebody can be taken back before it expires. */
export interface Withdrawals {
  has(user_id: string, issued_at: number | null): boolean;
  /** Returns the undo. */
  onChange(listener: () => void): () => void;
}

/** The longest time that a timer can hold. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Who is behind a request or a socket, for as long as they may be: it ends by its clock, or when it is taken back. */
export class Principal {
  readonly user_id: string;
  readonly via: PrincipalFields["via"];
  readonly scope: "full" | "read";
  readonly expires_at: number | null;
  readonly issued_at: number | null;
  readonly #now: () => number;
  readonly #withdrawals: Withdrawals | null;
  readonly #listeners = new Set<(end: PrincipalEnd) => void>();
  #ended: PrincipalEnd | null = null;
  #timer: NodeJS.Timeout | null = null;
  #unwatch: (() => void) | null = null;

  constructor(
    { user_id, via, scope = "full", expires_at = null, issued_at = null }: PrincipalFields,
    now: () => number = Date.now,
    withdrawals: Withdrawals | null = null,
  ) {
    this.user_id = user_id;
    this.via = via;
    this.scope = scope;
    this.expires_at = expires_at;
    this.issued_at = issued_at;
    this.#now = now;
    this.#withdrawals = withdrawals;
  }

  /** Null while they may act. */
  get ended(): PrincipalEnd | null {
    if (this.#ended !== null) return this.#ended;
    if (this.expires_at !== null && this.#now() >= this.expires_at) return "expired";
    return this.#withdrawals?.has(this.user_id, this.issued_at) === true ? "revoked" : null;
  }

  /** Ends it for everything that goes on under it. */
  revoke(): void {
    this.#end("revoked");
  }

  /** Calls back once, when it ends; at once where it has. Returns the undo. */
  onEnd(listener: (end: PrincipalEnd) => void): () => void {
    const { ended } = this;
    if (ended !== null) {
      listener(ended);
      return () => {};
    }
    this.#listeners.add(listener);
    this.#arm();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#disarm();
    };
  }

  #arm(): void {
    this.#unwatch ??=
      this.#withdrawals?.onChange(() => {
        if (this.ended === "revoked") this.#end("revoked");
      }) ?? null;
    if (this.#timer !== null || this.expires_at === null) return;
    const in_ms = Math.min(this.expires_at - this.#now(), LONGEST_TIMER);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.ended === null) this.#arm();
      else this.#end("expired");
    }, in_ms).unref();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#unwatch?.();
    this.#unwatch = null;
  }

  #end(end: PrincipalEnd): void {
    this.#ended ??= end;
    this.#disarm();
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(this.#ended);
  }
}

/** Everybody in local mode, and whoever has the gateway's own token: turning sign-in on loses nobody's sessions. */
export const OWNER = "local";
