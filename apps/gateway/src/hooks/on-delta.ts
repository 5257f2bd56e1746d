import type { EmittedEvent } from "@millrace/protocol";

/** A piece of what a run produces, as it is produced and before it is stored. */
export type DeltaEvent = Extract<EmittedEvent, { type: "text_delta" | "thinking" | "tool_output_delta" }>;

export interface DeltaContext {
  readonly session_id: string;
  readonly run_id: string;
  /** Puts a `data` event into the run's stream, behind what was produced so far. `value` must be JSON. */
  data(name: string, value: unknown): void;
}

/** Called for each delta, in order. It is not waited for; where it throws or rejects it is not called again in that run. */
export type OnDelta = (event: DeltaEvent, context: DeltaContext) => void | Promise<void>;
