import { createHash } from "node:crypto";
import type { ObservedRun, RunObserver } from "../models/run-observer.ts";

/** Spans of runs, on their way to whoever collects them. */
export interface Telemetry {
  /** Traces a run; its spans belong to the trace of {@link traceIdOf}. */
  observe(run: ObservedRun): RunObserver;
  /** Sends what waits, for at most a few seconds. */
  close(): Promise<void>;
}

/** The trace of a run, 32 hex digits: the same for every process that drives it. */
export function traceIdOf(run_id: string): string {
  return createHash("sha256").update(`trace:${run_id}`).digest("hex").slice(0, 32);
}
