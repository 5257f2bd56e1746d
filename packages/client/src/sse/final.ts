import { DisconnectedError, RejectedError } from "../errors.ts";

/** Refusals that the same request may outlive. */
const PASSING: ReadonlySet<string> = new Set(["rate_limited", "subscription_limit", "storage_unavailable"]);

/** Whether the gateway said no, so that asking again would not help. */
export function isFinal(error: unknown): error is RejectedError | DisconnectedError {
  if (error instanceof RejectedError) return !PASSING.has(error.code);
  if (!(error instanceof DisconnectedError)) return false;
  const { status } = (error.cause ?? {}) as { status?: unknown };
  return typeof status === "number" && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** Milliseconds that the gateway wants to be left alone before the same is asked again. */
export function leastWait(error: unknown): number {
  return error instanceof RejectedError ? (error.retry_after_ms ?? 0) : 0;
}
