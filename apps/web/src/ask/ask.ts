import {
  type BreakerItem,
  type InteractionItem,
  openInteractions,
  openTurn,
  type RunPhase,
  type ToolItem,
  type Turn,
  type View,
} from "@millrace/protocol";

/** A question to a person, and what it is about. */
export interface Ask {
  readonly run_id: string;
  readonly item: InteractionItem;
  readonly about: AskAbout;
}

export type AskAbout =
  /** May this call run? `call`: null where its arguments cannot be shown; then it cannot be allowed either. */
  | { readonly kind: "permission"; readonly call: ToolItem | null }
  /** May the run go on past a limit? `raised`: the limit that "continue" sets, null where it is no amount. */
  | { readonly kind: "breaker"; readonly breaker: BreakerItem; readonly raised: number | null }
  | OfAgent<"question">
  | OfAgent<"choice">
  | OfAgent<"feedback">;

/** What the agent itself wants to know: its words, its options. */
interface OfAgent<Kind> {
  readonly kind: Kind;
  readonly call: ToolItem | null;
}

/** The server's own words for what a person allows; nothing that a model writes is ever taken for one of them. */
export const GRANTS = ["allow_once", "allow_session", "allow_always"] as const;

/** What the oldest open questions of the open run are; none while it is being stopped. */
export function openAsks(view: View): readonly Ask[] {
  const turn = openTurn(view);
  if (turn === null || turn.phase.state !== "running") return NONE;
  const open = openInteractions(turn);
  return open.length === 0 ? NONE : open.map((item) => askOf(turn, item));
}

const NONE: readonly Ask[] = [];

/** Whether the server named a question as one about a limit: a flow's own names begin otherwise, a call's too. */
export const isAboutLimit = ({ request_id }: InteractionItem): boolean => /^breaker-\d+$/.test(request_id);

/**
 * Only the server binds a question to the arguments of a call, so that only such a one is a permission. A question that
 * a tool asks in the model's words stays a question, whatever it says and whatever its options are called.
 */
export function askOf(turn: Turn, item: InteractionItem): Ask {
  const { run_id } = turn;
  const call = callOf(turn, item.tool_call_id);
  const kind = kindOf(item);
  if (kind === "permission") return { run_id, item, about: { kind, call: call?.args == null ? null : call } };
  const ofBreaker = kind === "choice" && item.tool_call_id === null && isAboutLimit(item);
  const breaker = ofBreaker ? breakerBefore(turn, item) : null;
  if (breaker === null) return { run_id, item, about: { kind, call } };
  return { run_id, item, about: { kind: "breaker", breaker, raised: raisedLimit(turn, breaker) } };
}

/** What kind of question it is by itself; a choice is about a limit where its name says so and one was passed. */
export function kindOf({ interaction_kind, args_digest }: InteractionItem): Exclude<AskAbout["kind"], "breaker"> {
  if (interaction_kind !== "confirm") return interaction_kind;
  return args_digest === null ? "choice" : "permission";
}

function callOf(turn: Turn, tool_call_id: string | null): ToolItem | null {
  if (tool_call_id === null) return null;
  const call = turn.items.find((item) => item.kind === "tool" && item.tool_call_id === tool_call_id);
  return call?.kind === "tool" ? call : null;
}

function breakerBefore(turn: Turn, { seq }: InteractionItem): BreakerItem | null {
  const item = turn.items.findLast((other) => other.kind === "circuit_breaker" && other.seq < seq);
  return item?.kind === "circuit_breaker" ? item : null;
}

/** Limits that are an amount: each "continue" sets them as much higher as they were at first. */
const AMOUNTS: readonly string[] = ["token_limit", "cost_limit", "time_limit"];

export function raisedLimit(turn: Turn, { reason, value }: BreakerItem): number | null {
  if (!AMOUNTS.includes(reason)) return null;
  const first = turn.items.find((item) => item.kind === "circuit_breaker" && item.reason === reason);
  return first?.kind === "circuit_breaker" ? value + first.limit : null;
}

/** What a permission may be answered with, as the event offers it. */
export function offered({ item, about }: Ask): readonly string[] {
  if (about.kind !== "permission" || about.call !== null) return item.options;
  return item.options.filter((option) => option === "deny");
}

/** The word of a stored answer. */
export function answerWord(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "answer" in value) return String(value.answer);
  return JSON.stringify(value) ?? "";
}

/** The comment that came with it, "" where there is none. */
function answerComment(value: unknown): string {
  const comment = typeof value === "object" && value !== null && "comment" in value ? value.comment : null;
  return typeof comment === "string" ? comment.trim() : "";
}

/** Why a permission is asked: what the server wrote after the call itself; "" where it wrote nothing. */
export function reasonOf({ item, about }: Ask): string {
  if (about.kind !== "permission" || about.call === null) return item.content;
  const { content } = item;
  if (!content.startsWith(`${about.call.tool_name} {`)) return content;
  const line = content.indexOf("\n");
  return line === -1 ? "" : content.slice(line + 1).trim();
}

/** What became of a question that is open no more. */
export type Outcome =
  | { readonly kind: "answered"; readonly word: string; readonly comment: string; readonly by: string }
  | { readonly kind: "expired" | "stopped" | "unneeded" };

/** Null while it waits. `run`: the state of the run that asked; `over`: the call that asked has ended. */
export function outcomeOf(run: RunPhase["state"], { answer }: InteractionItem, over: boolean): Outcome | null {
  if (answer !== null) {
    if (answer.by === "expiry") return { kind: "expired" };
    return { kind: "answered", word: answerWord(answer.value), comment: answerComment(answer.value), by: answer.by };
  }
  if (run === "stopping" || run === "cancelled") return { kind: "stopped" };
  return run === "running" && !over ? null : { kind: "unneeded" };
}
