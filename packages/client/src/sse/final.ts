import { DisconnectedError, RejectedError } from "../errors.ts";

/** Refusals that the same request may outlive. */
const PASSING: ReadonlySet<string> = new Set([
  "rate_limited",
  "run_limit",
  "subscription_limit",
  "storage_unavailable",
]);

/** Whether the gateway said no, so that asking again would not help. */
export function isFinal(error: unknown): error is RejectedError | DisconnectedError {
  if (error instanceof RejectedError) return !PASSING.has(error.code);
  if (!(error instanceof DisconnectedError)) return false;
  const { status } = (error.cause ?? {}) as { status?: unknown };
  return typeof status === "number" && status >= 400 && status < 500 && status !== 408 && status !== 429;
}
