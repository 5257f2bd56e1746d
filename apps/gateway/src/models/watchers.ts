import type { Logger } from "pino";
import { deltaHook } from "../hooks/delta-hook.ts";
import type { OnDelta } from "../hooks/on-delta.ts";
import type { RunLogs } from "../runlog/run-logs.ts";
import { type Telemetry, traceIdOf } from "../trace/telemetry.ts";
import type { ObservedRun, RunObserver } from "./run-observer.ts";

/** Who watches runs. */
export interface Watchers {
  /** Those of one run, from here on. */
  observe(run: ObservedRun): readonly RunObserver[];
  /** Null where nothing is traced. */
  traceIdOf(run_id: string): string | null;
  /** Null where nothing is written down, or nobody is told where. */
  logFileOf(run_id: string): string | null;
  /** These runs' session is removed. */
  forget(run_ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface WatchersParts {
  readonly logs: RunLogs | null;
  /** Whether people are told where the log files are. */
  readonly tells_paths: boolean;
  readonly telemetry: Telemetry | null;
  readonly onDelta: OnDelta | null;
  readonly metrics: Pick<Watchers, "observe"> | null;
  readonly log: Logger;
}

export function watchers({ logs, tells_paths, telemetry, onDelta, metrics, log }: WatchersParts): Watchers {
  return {
    observe: (run) => [
      ...(logs === null ? [] : [logs.observe(run)]),
      ...(telemetry === null ? [] : [telemetry.observe(run)]),
      ...(onDelta === null ? [] : [deltaHook(onDelta, run, log)]),
      ...(metrics === null ? [] : metrics.observe(run)),
    ],
    traceIdOf: (run_id) => (telemetry === null ? null : traceIdOf(run_id)),
    logFileOf: (run_id) => (tells_paths ? (logs?.pathOf(run_id) ?? null) : null),
    forget: async (run_ids) => logs?.remove(run_ids),
    close: async () => {
      await Promise.all([logs?.close(), telemetry?.close()]);
    },
  };
}
