import { Auth as AuthFrame, CLOSE_CODES, parseCommand } from "@millrace/protocol";
import type { Verdict } from "../auth/tokens.ts";
import type { Socket } from "./connection.ts";

export interface AuthPhaseContext {
  verify(token: string): Promise<Verdict>;
  /** How long a socket may take to say who it is, in milliseconds. */
  readonly auth_ms: number;
  /** UTF-16 code units that may wait while a token is checked. */
  readonly waiting_length: number;
  /** Who it is, and what they sent meanwhile. */
  admitted(verdict: Verdict & { kind: "valid" }, waiting: readonly string[], id: string | undefined): void;
  refused(why: string): void;
}

/** A socket before it has said who it is: it takes one `auth`, and nothing else. Its one `close` is idempotent. */
export class AuthPhase {
  readonly #socket: Socket;
  readonly #context: AuthPhaseContext;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: string[] = [];
  #room: number;
  #phase: "asking" | "checking" | "over" = "asking";

  constructor(socket: Socket, context: AuthPhaseContext) {
    this.#socket = socket;
    this.#context = context;
    this.#room = context.waiting_length;
    this.#timer = setTimeout(() => this.#refuse("timeout", "no auth in time"), context.auth_ms).unref();
  }

  /** One text frame from the client. */
  receive(text: string): void {
    if (this.#phase === "over") return;
    if (this.#phase === "checking") return this.#keep(text);
    const parsed = parseCommand(text);
    if (parsed.kind === "bad_frame") return this.close(CLOSE_CODES.bad_frame, parsed.message);
    const auth = AuthFrame.safeParse(JSON.parse(text));
    if (!auth.success) return this.#refuse("no_auth", "auth comes first");
    this.#phase = "checking";
    void this.#check(auth.data.token, auth.data.id);
  }

  close(code: number, reason: string): void {
    if (this.#phase === "over") return;
    this.closed();
    this.#socket.close(code, reason);
  }

  /** The socket is gone, or somebody else's. */
  closed(): void {
    this.#phase = "over";
    clearTimeout(this.#timer);
  }

  async #check(token: string, id: string | undefined): Promise<void> {
    const verdict = await this.#context.verify(token);
    // It may have been closed meanwhile.
    if (this.#phase !== "checking") return;
    switch (verdict.kind) {
      case "valid":
        this.closed();
        return this.#context.admitted(verdict, this.#waiting, id);
      case "expired":
        this.#context.refused(verdict.kind);
        return this.close(CLOSE_CODES.token_expired, "token expired");
      case "unavailable":
        this.#context.refused(verdict.kind);
        return this.close(CLOSE_CODES.overloaded, "the token cannot be checked now");
      case "limited":
        return this.#refuse(verdict.kind, `too many wrong tokens: wait ${Math.ceil(verdict.wait_ms / 1_000)} s`);
      case "invalid":
        return this.#refuse(verdict.kind, "unauthorized");
    }
  }

  /** Commands that were sent without waiting for `welcome` are carried out after it. */
  #keep(text: string): void {
    this.#room -= text.length;
    if (this.#room < 0) return this.close(CLOSE_CODES.rate_limited, "rate limited");
    this.#waiting.push(text);
  }

  #refuse(why: string, reason: string): void {
    this.#context.refused(why);
    this.close(CLOSE_CODES.unauthorized, reason);
  }
}
