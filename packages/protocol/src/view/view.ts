import type { MessageAttachment } from "../attachments.ts";
import type { MessageMode } from "../events/session-events.ts";
import type { InteractionKind, Remember, ToolOutcome } from "../events/tool-events.ts";
import type { RunOptions } from "../run-options.ts";
import type { Usage } from "../usage.ts";

/** A session's log, folded: what a browser shows and what a server decides by. Immutable; unchanged parts are shared. */
export interface View {
  readonly session_id: string | null;
  /** The cursor: everything up to here is in this view. */
  readonly seq: number;
  readonly title: string | null;
  readonly model: string | null;
  /** Messages that no run has taken yet, oldest first. */
  readonly queue: readonly Message[];
  /** One per run of the branch that is shown and that a model reads, oldest first. Only the last can be open. */
  readonly turns: readonly Turn[];
  /** Those of the branches that were left, oldest first: all have ended. */
  readonly aside: readonly Turn[];
}

export interface Message {
  readonly message_id: string;
  readonly content: string;
  readonly mode: MessageMode;
  readonly options: RunOptions | null;
  readonly attachments: readonly MessageAttachment[];
  /** The message whose place it takes, with all that was answered to that one. */
  readonly replaces: string | null;
  readonly seq: number;
  readonly ts: number;
}

/** A run and the messages it answers. */
export interface Turn {
  readonly run_id: string;
  readonly seq: number;
  readonly model: string;
  readonly agent: string;
  readonly max_steps: number;
  readonly token_limit: number;
  readonly tools: readonly string[];
  readonly started_at: number;
  readonly phase: RunPhase;
  /** Position of the event that ended the run; null while it is open. */
  readonly ended_seq: number | null;
  /** Number of the current or last step, 0 before the first. */
  readonly step: number;
  /** Size of the context at that step. */
  readonly tokens: number;
  /** Sum of the completed model calls, those of sub-agents and summaries included. */
  readonly usage: Usage;
  /** In the order of the log. */
  readonly items: readonly Item[];
  /** `run_id` of the turn that it follows; null where it begins the conversation, or what is held of it. */
  readonly parent: string | null;
  /** Where it began, or a person last came back to it: what tells which branch was shown last. */
  readonly chosen_seq: number;
  /** Null where nothing ever took its place, nor it another's. */
  readonly branch: Branch | null;
}

/** Runs that took each other's place, by the messages that began them, oldest first. */
export interface Branch {
  /** Which of them this one is, from 0. */
  readonly index: number;
  readonly count: number;
  /** `message_id`s, as `select_branch` takes them. */
  readonly siblings: readonly string[];
}

export type RunPhase =
  | { readonly state: "running" }
  | { readonly state: "stopping"; readonly by: string }
  | {
      readonly state: "done";
      readonly content: string;
      readonly reason: "completed" | "length" | "content_filter";
      readonly usage: Usage;
      readonly cost: number | null;
      readonly ended_at: number;
    }
  | { readonly state: "cancelled"; readonly content: string; readonly usage: Usage; readonly ended_at: number }
  | {
      readonly state: "error";
      readonly code: string;
      readonly message: string;
      readonly reason: string;
      readonly retryable: boolean;
      readonly ended_at: number;
    };

/** `seq` is the first position of the item, `ts` its time. */
interface Placed {
  readonly seq: number;
  readonly ts: number;
}

export interface MessageItem extends Placed {
  readonly kind: "message";
  readonly message: Message;
}
export interface StepItem extends Placed {
  readonly kind: "step";
  readonly step: number;
  readonly tokens: number;
  readonly token_limit: number;
  /** Set when the model call of this step is complete. */
  readonly output: {
    readonly finish_reason: string;
    readonly usage: Usage | null;
    /** For the model's provider alone. */
    readonly provider_data?: Readonly<Record<string, unknown>>;
  } | null;
}
/** A block of reasoning or of the answer. `ended_at` is set by the first event that follows it. */
export interface BlockItem extends Placed {
  readonly kind: "thinking" | "text";
  readonly block_id: string;
  readonly content: string;
  readonly ended_at: number | null;
}
export interface ToolItem extends Placed {
  readonly kind: "tool";
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly parent_tool_call_id: string | null;
  /** Position of the last event about it. */
  readonly last_seq: number;
  readonly step: number;
  /** JSON text of the arguments as it streamed; empty where it did not. */
  readonly args_text: string;
  /** Null until the arguments are complete. */
  readonly args: Readonly<Record<string, unknown>> | null;
  /** What the tool printed while it ran. */
  readonly output: string;
  /** Of the sub-agent's model call that made this one, on the first of those that it made. */
  readonly model_usage: Usage | null;
  readonly model_cost: number | null;
  /** Of the model calls that the tool made; its cost where it is not reckoned by the price of the run's own model. */
  readonly usage: Usage | null;
  readonly cost: number | null;
  /** For the provider alone whose model made the call. */
  readonly provider_data?: Readonly<Record<string, unknown>>;
  readonly phase: ToolPhase;
}
export type ToolPhase =
  | { readonly state: "preparing" }
  | { readonly state: "called"; readonly called_at: number }
  | { readonly state: "running"; readonly called_at: number; readonly started_at: number }
  | {
      readonly state: "ended";
      readonly outcome: ToolOutcome;
      readonly success: boolean;
      readonly content: string;
      readonly error: string | null;
      /** Seconds. */
      readonly execution_time: number;
      readonly truncated: boolean;
      readonly called_at: number;
      /** Null where the call never began. */
      readonly started_at: number | null;
      readonly ended_at: number;
    };
export interface InteractionItem extends Placed {
  readonly kind: "interaction";
  readonly request_id: string;
  readonly interaction_kind: InteractionKind;
  readonly content: string;
  readonly options: readonly string[];
  readonly tool_call_id: string | null;
  readonly args_digest: string | null;
  /** What an answer can allow beside this call. */
  readonly pattern: string | null;
  /** Of the tool as it was when this was asked. */
  readonly tool_digest: string | null;
  readonly expires_at: number | null;
  /** Of a flow that asks: what it needs to go on after a restart. */
  readonly snapshot?: Readonly<Record<string, unknown>>;
  readonly answer: {
    readonly value: unknown;
    readonly by: string;
    readonly remember: Remember | null;
    readonly at: number;
  } | null;
}
export interface RetryItem extends Placed {
  readonly kind: "retry";
  readonly retry_attempt: number;
  readonly retry_max_attempts: number;
  readonly content: string;
  readonly delay_ms: number;
}
export interface CompactItem extends Placed {
  readonly kind: "compact";
  readonly original_messages: number;
  readonly compacted_messages: number;
  readonly estimated_tokens_saved: number;
  readonly content: string;
  readonly covers_to: number;
  /** Of the model call that wrote the summary. */
  readonly usage: Usage | null;
}
export interface PruneItem extends Placed {
  readonly kind: "prune";
  readonly tool_call_ids: readonly string[];
  readonly estimated_tokens_saved: number;
}
export interface BreakerItem extends Placed {
  readonly kind: "circuit_breaker";
  readonly reason: string;
  readonly content: string;
  readonly limit: number;
  readonly value: number;
}
export interface DataItem extends Placed {
  readonly kind: "data";
  readonly name: string;
  readonly value: unknown;
}
/** Where the run's log file is, on the gateway's machine. */
export interface LogFileItem extends Placed {
  readonly kind: "log_file";
  readonly log_file: string;
}
export type Item =
  | MessageItem
  | StepItem
  | BlockItem
  | ToolItem
  | InteractionItem
  | RetryItem
  | CompactItem
  | PruneItem
  | BreakerItem
  | DataItem
  | LogFileItem;

/** An empty view whose cursor is `after`: the fold of nothing, or of what lies before a tail. */
export function emptyView(after = 0): View {
  return { session_id: null, seq: after, title: null, model: null, queue: [], turns: [], aside: [] };
}

/** The run that is open, if one is. */
export function openTurn(view: View): Turn | null {
  const last = view.turns.at(-1);
  return last !== undefined && isOpen(last) ? last : null;
}

export function isOpen(turn: Turn): boolean {
  return turn.phase.state === "running" || turn.phase.state === "stopping";
}

/** Tool calls of a turn that have no result yet. */
export function openCalls(turn: Turn): readonly ToolItem[] {
  return turn.items.filter((item) => item.kind === "tool" && item.phase.state !== "ended") as ToolItem[];
}

/** Questions of a turn that wait for an answer: nobody gave one, and the call that asked has not ended. */
export function openInteractions(turn: Turn): readonly InteractionItem[] {
  const asked = turn.items.filter((item) => item.kind === "interaction" && item.answer === null) as InteractionItem[];
  if (asked.length === 0) return asked;
  const ended = new Set(
    turn.items.map((item) => (item.kind === "tool" && item.phase.state === "ended" ? item.tool_call_id : null)),
  );
  return asked.filter(({ tool_call_id }) => tool_call_id === null || !ended.has(tool_call_id));
}
