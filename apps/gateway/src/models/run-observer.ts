import type { ModelPort } from "@millrace/agent";
import type { EmittedEvent } from "@millrace/protocol";
import type { StoredEvent } from "../session/stored-event.ts";

/** A run as those see it who only watch. */
export interface ObservedRun {
  readonly run_id: string;
  readonly session_id: string;
  readonly agent: string;
  readonly model: string;
  /** Name of the model's endpoint in the configuration. */
  readonly provider: string;
  /** An earlier process began it. */
  readonly resumed: boolean;
}

/** Puts an event of its own into a run. Does nothing when the run is over. */
export type Put = (event: Extract<EmittedEvent, { type: "data" }>) => void;

/** Watches one run. Nothing of it may throw, block or fail the run; each member may be left out. */
export interface RunObserver {
  /** The run is driven from here on. @param seq position of its `session_start` */
  begun?(seq: number): void;
  /** What the agent produces, in order and before it is stored: each delta by itself. */
  emitted?(event: EmittedEvent, put: Put): void;
  /** An event of the run is in the log. Deltas are not told. */
  stored?(stored: StoredEvent): void;
  /** Stands between the agent and a model, one that a sub-agent asks too. */
  model?(port: ModelPort): ModelPort;
  /** Nothing follows: the run ended, or this process let it go. */
  left?(): void;
}
