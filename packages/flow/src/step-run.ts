import type { Node } from "./definition.ts";

/** A node and what it is to work on. */
export interface Work {
  readonly node: Node;
  readonly value: unknown;
}

/** One time that a node works on a value. */
export interface StepRun extends Work {
  /** 1 for the execution's first run, then 2, 3, … */
  readonly number: number;
  /** As it was when the run began. */
  readonly state: Readonly<Record<string, unknown>>;
  readonly abort: AbortController;
  /** What rejects its calls that wait. Listeners of one signal would be looked through for each that is added. */
  readonly waiting: Set<(reason: unknown) => void>;
  /** Items that it has put, those that the reader had before a restart counted. */
  puts: number;
}

/** The promise, but no longer than until the run is aborted. A rejection that nobody waits for is dropped. */
export function guarded<T>({ abort: { signal }, waiting }: StepRun, promise: Promise<T> | T): Promise<T> {
  if (promise === undefined && !signal.aborted) return Promise.resolve(promise);
  const { promise: guard, resolve, reject } = Promise.withResolvers<T>();
  if (signal.aborted) reject(signal.reason);
  else waiting.add(reject);
  const settled = Promise.resolve(promise).then(resolve, reject);
  void settled.then(() => waiting.delete(reject));
  guard.catch(() => {});
  return guard;
}

export function abortRun({ abort, waiting }: StepRun, reason: unknown): void {
  abort.abort(reason);
  for (const reject of waiting) reject(abort.signal.reason);
}
