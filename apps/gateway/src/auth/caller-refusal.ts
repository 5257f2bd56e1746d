import type { Refusal } from "../http/guard.ts";
import type { Unadmitted } from "./auth.ts";

export interface CallerRefusal extends Refusal {
  readonly headers: Readonly<Record<string, string>>;
}

/** The HTTP answer to somebody who is not let in, the same at every door. */
export function callerRefusal(caller: Unadmitted): CallerRefusal {
  switch (caller.kind) {
    case "nobody":
      return { ...unauthorized("Sign in, or send Authorization: Bearer with a token."), headers: ASK };
    case "invalid":
      return { ...unauthorized("The token is not valid."), headers: ASK_AGAIN };
    case "expired":
      return { ...unauthorized("The token has expired."), headers: ASK_AGAIN };
    case "limited": {
      const headers = { "Retry-After": String(Math.ceil(caller.wait_ms / 1_000)) };
      return { status: 429, code: "rate_limited", message: "Too many wrong tokens: wait.", headers };
    }
    case "unavailable": {
      const message = "The token cannot be checked now: its issuer does not answer.";
      return { status: 503, code: "sign_in_unavailable", message, headers: { "Retry-After": "5" } };
    }
  }
}

const ASK = { "WWW-Authenticate": "Bearer" };
const ASK_AGAIN = { "WWW-Authenticate": 'Bearer error="invalid_token"' };

function unauthorized(message: string): Refusal {
  return { status: 401, code: "unauthorized", message };
}
