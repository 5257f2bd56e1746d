export type FlowErrorCode =
  /** More calls wait than a flow holds: await `emit` and `putIntoStream`, or let fewer steps follow from one. */
  | "overflow"
  /** Nothing runs any more and no value reached `end()`: a `match` lacks a case, or the stream was stopped first. */
  | "no_result"
  /** The execution cannot be taken up where it was: start anew. */
  | "interrupted"
  /** A step asked, and no `interact` was given at the start. */
  | "nobody_to_ask";

/** Why a flow cannot go on, beside the errors of its own steps. */
export class FlowError extends Error {
  override readonly name = "FlowError";
  readonly code: FlowErrorCode;

  constructor(code: FlowErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
