import type { EmittedEvent, View } from "@millrace/protocol";
import type { Interaction, InteractionAnswer } from "./interact.ts";
import type { ModelPort, ThinkingOption } from "./model-port.ts";
import type { Permit, PermitRequest } from "./permit.ts";
import type { Tool } from "./tool.ts";

/** All that a run touches. */
export interface RunAgentInput {
  /**
   * Fold of the session's log. Its last turn is the open run, whose `session_start` is already in it: fresh, or as
   * far as it got before the process that ran it died.
   */
  readonly history: View;
  readonly run_id: string;
  readonly model: ModelPort;
  /** Those offered in this run; names are unique. */
  readonly tools: readonly Tool[];
  /** System prompt. */
  readonly system?: string | undefined;
  readonly options: {
    readonly max_steps: number;
    /** Tokens; only reported in `step`. */
    readonly token_limit: number;
    readonly thinking?: ThinkingOption | undefined;
  };
  /**
   * Takes the run's events in the order of the calls. A returned promise is waited for before whoever emitted goes
   * on, and means that the event is stored; parallel tools may emit before an earlier promise is settled. When it
   * throws or rejects the run is over: nothing more is emitted, not even an end.
   */
  readonly emit: (event: EmittedEvent) => void | Promise<void>;
  /** Position in the log of this run's latest `step`, also where that step is only in `history`. */
  readonly stepStart: () => number | Promise<number>;
  /**
   * Decides whether a call may run, each time anew: also for a call that waits since before a restart. It must not
   * throw. Without it every call may run.
   */
  readonly permit?: ((request: PermitRequest) => Permit | Promise<Permit>) | undefined;
  /**
   * Asks a person: the request is stored unless the log holds its `request_id` already, and the answer, also one that
   * was given before a restart, is returned when it is stored. Rejects when `signal` aborts. Without it nobody can be
   * asked: what would ask is refused.
   */
  readonly interact?: ((request: Interaction, signal: AbortSignal) => Promise<InteractionAnswer>) | undefined;
  /** Messages that wait to join at the next step. One named in a `step` may still be returned; it joins once. */
  readonly steered: () => readonly { readonly message_id: string; readonly content: string }[];
  /** Stop. */
  readonly signal: AbortSignal;
  readonly clock: {
    /** Unix time in milliseconds. */
    now(): number;
    /** Resolves after `ms` milliseconds; when `signal` aborts it may settle at once. A timer by default. */
    sleep?(ms: number, signal: AbortSignal): Promise<void>;
  };
  /** From 0 to 1, for the spread of waits. */
  readonly random?: (() => number) | undefined;
  /** Short ids, unique in the session, for blocks and tool calls. */
  readonly ids: () => string;
}
