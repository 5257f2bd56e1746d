import type { RunPhase } from "@millrace/protocol";

type Failure = Extract<RunPhase, { state: "error" }>;

/** What happened, as it is said in words; `other` for what is not known here. */
const HAPPENED = [
  "max_steps_reached",
  "circuit_breaker",
  "interrupted",
  "recovery_exhausted",
  "flow_error",
  "unauthorized",
  "forbidden",
  "payment_required",
  "unknown_model",
  "context_length",
  "bad_request",
  "rate_limited",
  "model_timeout",
  "connection_refused",
  "host_not_found",
  "tls_error",
  "connection_failed",
  "upstream_error",
  "bad_upstream",
  "truncated",
  "empty_response",
  "response_too_large",
] as const;
type Happened = (typeof HAPPENED)[number] | "model_error" | "other";

/** What can be done: put the model's settings right, say less, wait for a moment, or just say it once more. */
type Remedy = "settings" | "shorten" | "wait" | null;

export interface ErrorWords {
  readonly happened: Happened;
  readonly remedy: Remedy;
  /** What was said about it by somebody else, or with figures; null where that adds nothing. */
  readonly said: string | null;
}

const SETTINGS: ReadonlySet<Happened> = new Set([
  "unauthorized",
  "forbidden",
  "payment_required",
  "unknown_model",
  "connection_refused",
  "host_not_found",
  "tls_error",
]);
const WAIT: ReadonlySet<Happened> = new Set([
  "rate_limited",
  "model_timeout",
  "connection_failed",
  "upstream_error",
  "bad_upstream",
  "truncated",
  "empty_response",
]);
/** The gateway's own sentence, which says what the title says. */
const SAYS_THE_SAME: ReadonlySet<Happened> = new Set([
  "max_steps_reached",
  "interrupted",
  "recovery_exhausted",
  "connection_refused",
  "host_not_found",
  "tls_error",
  "connection_failed",
  "truncated",
  "empty_response",
]);

/** The code says it where there is a word for it, else the reason. */
export function errorWords({ code, reason, message }: Pick<Failure, "code" | "reason" | "message">): ErrorWords {
  const known = (name: string) => HAPPENED.find((one) => one === name);
  const happened =
    known(code) ?? (code === "internal" ? "other" : (known(reason) ?? (reason === "model_error" ? reason : "other")));
  return {
    happened,
    remedy: SETTINGS.has(happened)
      ? "settings"
      : happened === "context_length"
        ? "shorten"
        : WAIT.has(happened)
          ? "wait"
          : null,
    said: SAYS_THE_SAME.has(happened) || message.trim() === "" ? null : message,
  };
}
