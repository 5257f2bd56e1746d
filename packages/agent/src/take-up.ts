import type { Item, StepItem, ToolItem, Turn } from "@millrace/protocol";
import { type Failed, failedAt, RECOVERIES } from "./retry.ts";
import type { CompleteCall } from "./step-writer.ts";
import { parseArguments } from "./tool-arguments.ts";

/** Where an open run goes on. */
export type TakeUp =
  /** Nothing was asked yet, or everything of the last step is done: begin the next. */
  | { readonly kind: "step" }
  /** The last step was not answered to its end: void what came of it and ask again. `failed` counts this time too. */
  | { readonly kind: "ask_again"; readonly failed: Failed }
  /** It was asked again too often. */
  | { readonly kind: "exhausted" }
  /**
   * The last step's calls: `lost` died with the server, those of a sub-agent before the call that ran it; the others
   * are still to be run.
   */
  | { readonly kind: "tools"; readonly lost: readonly ToolItem[]; readonly waiting: readonly CompleteCall[] }
  /** The last step was the answer; only the run's end is missing. */
  | { readonly kind: "answered"; readonly finish_reason: string; readonly text: string }
  /** A stop was asked for. */
  | { readonly kind: "stop" };

/** Reads off a turn where its run goes on. `onlyAsks`: whether a tool of that name may begin again. */
export function takeUp(turn: Turn, onlyAsks: (tool_name: string) => boolean): TakeUp {
  if (turn.phase.state === "stopping") return { kind: "stop" };
  const index = turn.items.findLastIndex((item) => item.kind === "step");
  const step = turn.items[index] as StepItem | undefined;
  if (step === undefined) return { kind: "step" };
  const since = turn.items.slice(index + 1);
  if (step.output === null) return askAgain(turn.items, since);
  const calls = since.filter((item) => item.kind === "tool");
  if (calls.length === 0) {
    return { kind: "answered", finish_reason: step.output.finish_reason, text: textOf(since) };
  }
  const open = calls.filter((call) => call.phase.state !== "ended");
  if (open.length === 0) return { kind: "step" };
  const nested = open.filter((call) => call.parent_tool_call_id !== null);
  const own = open.filter((call) => call.parent_tool_call_id === null);
  const isLost = (call: ToolItem): boolean => hasBegun(call) && !onlyAsks(call.tool_name);
  const waiting = own.filter((call) => !isLost(call)).map(complete);
  return { kind: "tools", lost: [...nested, ...own.filter(isLost)], waiting };
}

/** The turn's items without what its unanswered last step had brought. */
export function answeredItems(turn: Turn): readonly Item[] {
  const index = turn.items.findLastIndex((item) => item.kind === "step");
  const step = turn.items[index];
  return step?.kind === "step" && step.output === null ? turn.items.slice(0, index + 1) : turn.items;
}

/** The text of each step that said something. */
export function saidIn(items: readonly Item[]): string[] {
  const starts = items.flatMap((item, index) => (item.kind === "step" ? [index] : []));
  return starts.map((start, at) => textOf(items.slice(start, starts[at + 1]))).filter((text) => text !== "");
}

function textOf(items: readonly Item[]): string {
  return items.map((item) => (item.kind === "text" ? item.content : "")).join("");
}

function askAgain(items: readonly Item[], since: readonly Item[]): TakeUp {
  const { server, endpoint } = failedIn(since);
  if (server >= RECOVERIES.step || failedIn(items).server >= RECOVERIES.run) return { kind: "exhausted" };
  return { kind: "ask_again", failed: { endpoint, server: server + 1 } };
}

/** Each retry voids the one before it, so of each step only the last is left, and it says how many there were. */
function failedIn(items: readonly Item[]): Failed {
  const each = items.flatMap((item) => (item.kind === "retry" ? [failedAt(item)] : []));
  return {
    endpoint: each.reduce((sum, { endpoint }) => sum + endpoint, 0),
    server: each.reduce((sum, { server }) => sum + server, 0),
  };
}

const hasBegun = (call: ToolItem): boolean => call.phase.state === "running";

function complete({ tool_call_id, tool_name, args, args_text, output, phase }: ToolItem): CompleteCall {
  // What was not a JSON object was stored as `{}`: the text tells whether that is what the model said.
  const held = args !== null && Object.keys(args).length > 0;
  const read = args_text === "" && held ? ({ ok: true, args } as const) : parseArguments(args_text);
  return {
    tool_call_id,
    tool_name,
    arguments: read.ok && args !== null ? { ok: true, args } : read,
    ...(phase.state === "running" && { begun: { at: phase.started_at, printed: output.length } }),
  };
}
