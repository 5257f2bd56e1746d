import type { EmittedEvent, RetryItem } from "@millrace/protocol";
import { ModelError } from "./model-port.ts";

/** R1: times a step is asked again because the server died in it, and the sum of that in a run. */
export const RECOVERIES = { step: 3, run: 10 } as const;

/** Attempts of a step that the model's endpoint may fail; once one of them has shown something, there is one more. */
export const ATTEMPTS = 3;

/** Wait before the second attempt, which doubles with each, and the longest wait. Milliseconds. */
const BACKOFF = { first: 500, longest: 60_000 } as const;

/** How many attempts of a step failed: because of the model's endpoint, and because the server died. */
export interface Failed {
  readonly endpoint: number;
  readonly server: number;
}

/** What is known of a step's attempts when the next begins. */
export interface Attempts {
  readonly failed: Failed;
  /** One of them has shown something: the next is the last. */
  readonly shown: boolean;
  /** One of them was an empty answer. */
  readonly empty: boolean;
}

type Retry = Extract<EmittedEvent, { type: "retry" }>;

/** What follows from a failed model call. */
export type AfterFailure =
  | { readonly kind: "give_up"; readonly error: unknown }
  | { readonly kind: "retry"; readonly retry: Omit<Retry, "discard_from">; readonly attempts: Attempts };

export function attemptsAfter(failed: Failed = { endpoint: 0, server: 0 }): Attempts {
  return { failed, shown: false, empty: false };
}

/**
 * Whether a step is asked again after its model call failed, and how long to wait before: as long as the endpoint asks
 * for, else 0.5 s that double, less up to a quarter of it. What is not a retryable ModelError is never asked again.
 *
 * @param failure `shown`: some event of the failed attempt was emitted
 * @param random from 0 to 1
 */
export function afterFailure(
  attempts: Attempts,
  failure: { readonly error: unknown; readonly shown: boolean },
  random: () => number,
): AfterFailure {
  const { error, shown } = failure;
  if (!(error instanceof ModelError) || !error.retryable) return { kind: "give_up", error };
  if ((error.retry_after_ms ?? 0) > BACKOFF.longest) return { kind: "give_up", error: askedToWaitLong(error) };
  const { endpoint, server } = attempts.failed;
  const empty = error.code === "empty_response";
  if (attempts.shown || endpoint + 1 >= ATTEMPTS || (empty && attempts.empty)) return { kind: "give_up", error };
  const backoff = Math.min(BACKOFF.first * 2 ** endpoint, BACKOFF.longest) * (1 - random() / 4);
  const delay_ms = Math.max(1, Math.round(error.retry_after_ms ?? backoff));
  const failed = { endpoint: endpoint + 1, server };
  return {
    kind: "retry",
    retry: retryEvent(failed, error.message, delay_ms),
    attempts: { failed, shown, empty: attempts.empty || empty },
  };
}

/**
 * What follows from an attempt that failed because the conversation was too long, before it is asked again with a
 * shorter one: a `retry` that voids what it had shown, where it had. Null where the step has no attempt left for that.
 */
export function afterTooLong(
  { failed: { endpoint, server }, ...known }: Attempts,
  failure: { readonly message: string; readonly shown: boolean },
): { readonly retry: Omit<Retry, "discard_from"> | null; readonly attempts: Attempts } | null {
  const failed = { endpoint: endpoint + 1, server };
  if (!failure.shown) return { retry: null, attempts: { ...known, failed } };
  if (failed.endpoint >= ATTEMPTS) return null;
  return { retry: retryEvent(failed, failure.message, 1), attempts: { ...known, failed, shown: true } };
}

/** The `retry` after the server died in an attempt. */
export function afterDeath(failed: Failed): Omit<Retry, "discard_from"> {
  return retryEvent(failed, "The server stopped during this step; the model is asked again.", 0);
}

/**
 * `retry_attempt` counts all attempts of the step that failed, for either reason. `retry_max_attempts` is how many
 * there may be if the others fail for the reason of this one. Without a wait it was the server that died.
 */
function retryEvent(failed: Failed, content: string, delay_ms: number): Omit<Retry, "discard_from"> {
  const { endpoint, server } = failed;
  const retry_max_attempts = delay_ms === 0 ? RECOVERIES.step + endpoint : ATTEMPTS + server;
  return { type: "retry", retry_attempt: endpoint + server, retry_max_attempts, content, delay_ms };
}

/**
 * Reads back how many attempts of a step had failed at its last `retry`. It voided the ones before it, so that the
 * fold holds no other, and a process that takes the step up knows the counts from nothing else.
 */
export function failedAt(retry: RetryItem): Failed {
  const { retry_attempt, retry_max_attempts, delay_ms } = retry;
  const base = delay_ms === 0 ? RECOVERIES.step : ATTEMPTS;
  const others = Math.min(retry_attempt, Math.max(0, retry_max_attempts - base));
  const own = retry_attempt - others;
  return delay_ms === 0 ? { endpoint: others, server: own } : { endpoint: own, server: others };
}

function askedToWaitLong(error: ModelError): ModelError {
  const { message, status, retry_after_ms } = error;
  const seconds = Math.ceil((retry_after_ms ?? 0) / 1000);
  const words = `${message} The model's endpoint asks to wait ${seconds} s.`;
  return new ModelError("rate_limited", words, { retryable: true, status, retry_after_ms, cause: error });
}
