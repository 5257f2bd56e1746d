/** Where an execution waits for an answer: all that is needed to run the step that asks again. JSON. */
export interface FlowSnapshot {
  readonly v: 1;
  readonly request_id: string;
  /** What the step's chain began with: an event's name, or "start". */
  readonly event: string;
  /** Where on that chain the step is. */
  readonly step: string;
  /** How many steps had begun in the execution, this one counted: its questions are numbered under it. */
  readonly run: number;
  /** What the step was given. */
  readonly value?: unknown;
  /** As it was when the step began. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Items that the step had put by then, all of them handled by the reader. */
  readonly puts: number;
  /** What had reached `end()`. */
  readonly result?: { readonly value?: unknown };
}

/** An execution that cannot be taken up at this question, and why. JSON. */
export interface FlowInterruption {
  readonly v: 1;
  readonly request_id: string;
  readonly interrupted: string;
}

export type FlowSuspension = FlowSnapshot | FlowInterruption;

/** Whether JSON keeps all of a value. */
export function isJson(value: unknown): boolean {
  if (value === undefined) return true;
  let lossless = true;
  try {
    JSON.stringify(value, function (this: Record<string, unknown>, key) {
      const raw = this[key];
      if (!keeps(raw) && (raw !== undefined || Array.isArray(this))) lossless = false;
      return raw;
    });
  } catch {
    return false;
  }
  return lossless;
}

function keeps(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
