import type { EmittedEvent } from "@millrace/protocol";
import { cutText } from "./cut-text.ts";
import { ModelError } from "./model-port.ts";

/** The event that ends a run. */
export type End = Extract<EmittedEvent, { type: "done" | "cancelled" | "error" }>;
type Failure = Extract<End, { type: "error" }>;

export function failure(code: string, message: string, reason: string, retryable: boolean): Failure {
  return { type: "error", code, message, reason, retryable };
}

/** A model call failed. What is no ModelError is a fault of the port. */
export function modelFailure(error: unknown): Failure {
  if (error instanceof ModelError) return failure(error.code, error.message, "model_error", error.retryable);
  return failure("internal", messageOf(error), "model_error", false);
}

/** Something failed that must not. */
export function internalFailure(error: unknown): Failure {
  return failure("internal", messageOf(error), "interrupted", false);
}

const messageOf = (error: unknown): string => cutText(error instanceof Error ? error.message : String(error), 500);
