import type { RejectCode } from "@millrace/protocol";

/** The server refused the command; `code` says what to do about it. */
export class RejectedError extends Error {
  override readonly name = "RejectedError";
  readonly code: RejectCode;
  /** Milliseconds after which the same may work. */
  readonly retry_after_ms?: number;

  constructor(code: RejectCode, message: string, retry_after_ms?: number) {
    super(message);
    this.code = code;
    if (retry_after_ms !== undefined) this.retry_after_ms = retry_after_ms;
  }
}

/** No answer: not connected, or the connection was lost first. Whether the command was carried out is not known. */
export class DisconnectedError extends Error {
  override readonly name = "DisconnectedError";
}
