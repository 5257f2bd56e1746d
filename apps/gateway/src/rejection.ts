import type { RejectCode } from "@millrace/protocol";

/** A command was understood and refused. `message` is a sentence for the caller and never repeats what they sent. */
export class Rejection extends Error {
  readonly code: RejectCode;
  readonly retry_after_ms: number | undefined;

  constructor(code: RejectCode, message: string, options: { retry_after_ms?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "Rejection";
    this.code = code;
    this.retry_after_ms = options.retry_after_ms;
  }
}
