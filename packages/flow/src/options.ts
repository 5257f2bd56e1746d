import type { FlowAnswer, Interact } from "./question.ts";
import type { FlowSuspension } from "./snapshot.ts";
import type { FlowTypes, Frozen, StateOf } from "./types.ts";

/** How one execution runs. */
export interface FlowOptions<Types extends FlowTypes = FlowTypes> {
  /** Milliseconds until everything is aborted and the stream throws a TimeoutError; null, the default: never. */
  readonly timeout?: number | null | undefined;
  /** Aborts everything; the stream throws its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly interact?: Interact | undefined;
  /** What the state holds at first. */
  readonly state?: Partial<Frozen<StateOf<Types>>> | undefined;
  readonly limits?: Partial<FlowLimits> | undefined;
  /**
   * Called before a question is asked, which waits for it. Whoever keeps what it is given can take the execution up
   * at this question with `resume`. Where it throws, the flow ends with that error.
   */
  readonly onSuspend?: ((suspension: FlowSuspension) => void | Promise<void>) | undefined;
  /** Takes up an execution whose process is gone. Ends with FlowError `interrupted` where that cannot be done. */
  readonly resume?: FlowSuspension | undefined;
  /** Answers that are known already, by `request_id`: their questions are not asked. */
  readonly answers?: Readonly<Record<string, FlowAnswer>> | undefined;
}

export interface FlowLimits {
  /** Steps that run at a time, those that wait in `emit` not counted; 256 by default. */
  readonly steps: number;
  /** Values that wait for their step before `emit` waits; 1,000 by default. */
  readonly pending: number;
  /** Items that the reader has not handled before `putIntoStream` waits; 64 by default. */
  readonly stream: number;
}

/** What may wait beyond a limit, because somebody did not wait, before the flow ends with FlowError `overflow`. */
export const OVERFLOW = 10_000;

/** Longer timers go off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** @throws RangeError */
export function limitsOf({ limits = {}, timeout = null }: FlowOptions): FlowLimits {
  const { steps = 256, pending = 1_000, stream = 64 } = limits;
  if (timeout !== null && !(timeout >= 0 && timeout <= LONGEST_TIMER)) {
    throw new RangeError(`timeout: milliseconds from 0 to ${LONGEST_TIMER}, or null.`);
  }
  return {
    steps: counted("limits.steps", steps),
    pending: counted("limits.pending", pending),
    stream: counted("limits.stream", stream),
  };
}

/** @throws RangeError unless the value is a whole number from 1 to `most` */
export function counted(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name}: a whole number from 1${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}.`);
  }
  return value;
}
