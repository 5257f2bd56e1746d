import type { EmittedEvent, Message, View } from "@millrace/protocol";
import type { AttachmentSource } from "./attached.ts";
import type { RunLimits } from "./breaker-limits.ts";
import type { Interaction, InteractionAnswer } from "./interact.ts";
import type { ModelPort, ThinkingOption } from "./model-port.ts";
import type { Permit, PermitRequest } from "./permit.ts";
import type { Price } from "./price.ts";
import type { RunBudget } from "./run-budget.ts";
import type { LoadTokenCounter } from "./tokens.ts";
import type { Tool } from "./tool.ts";

/** An agent that works on a task within a tool call. The tool that runs it is not offered to it. */
export interface SubAgent {
  readonly model: ModelPort;
  readonly tools: readonly Tool[];
  /** System prompt. */
  readonly system?: string | undefined;
  /** 20 by default. */
  readonly max_steps?: number | undefined;
  /** Tokens that its model reads at most in one call; those of the run by default. */
  readonly token_limit?: number | undefined;
  /** Of its model; null: not known, so that it costs nothing. The run's by default. */
  readonly price?: Price | null | undefined;
  /** The run's by default. */
  readonly thinking?: ThinkingOption | undefined;
}

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
    /** Tokens that the model reads at most in one call: what is longer is shortened, see `compact` and `prune`. */
    readonly token_limit: number;
    readonly thinking?: ThinkingOption | undefined;
  };
  /**
   * Takes the run's events in the order of the calls. A returned promise is waited for before whoever emitted goes
   * on, and means that the event is stored; parallel tools may emit before an earlier promise is settled. When it
   * throws or rejects the run is over: nothing more is emitted, not even an end.
   */
  readonly emit: (event: EmittedEvent) => void | Promise<void>;
  /**
   * Fold of the log as it is stored: with everything that was emitted before, but for deltas behind which nothing else
   * was emitted, and with the answers that `interact` gave. What the model reads is taken from it.
   */
  readonly view: () => View | Promise<View>;
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
  /**
   * The sub-agent of a name that a tool asked for, undefined where it named none; null: there is none of that name.
   * Without it, and where null is given for no name, it is one like this run's: same model, tools and system prompt.
   */
  readonly delegates?: ((agent: string | undefined) => SubAgent | null) | undefined;
  /** How far the run may go; where a limit is not named, as {@link RUN_LIMITS} says. */
  readonly limits?: { readonly [Name in keyof RunLimits]?: RunLimits[Name] | undefined } | undefined;
  /**
   * Parts of `token_limit`: from `share` on old tool outputs are left out and older messages summarised, 0.8 by default;
   * the latest that make up `keep` stay word for word, 0.3 by default.
   */
  readonly compaction?: { readonly share?: number | undefined; readonly keep?: number | undefined } | undefined;
  /** Of the model; without it nothing is known of costs. */
  readonly price?: Price | undefined;
  /** Shared with the other parts of a run that go on at the same time, so that its limits are those of all of them. */
  readonly budget?: RunBudget | undefined;
  /** Counts tokens; by a tokenizer that is loaded when it is first needed, unless this says otherwise. */
  readonly tokens?: LoadTokenCounter | undefined;
  /** Messages that wait to join at the next step. One named in a `step` may still be returned; it joins once. */
  readonly steered: () => readonly (Pick<Message, "message_id" | "content"> & Partial<Pick<Message, "attachments">>)[];
  /** The files that messages bring; without it they are left out, and the model is told. */
  readonly attachments?: AttachmentSource | undefined;
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
