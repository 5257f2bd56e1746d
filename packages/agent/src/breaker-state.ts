import { isDeepStrictEqual } from "node:util";
import {
  type InteractionItem,
  type Item,
  openInteractions,
  type ToolItem,
  type Turn,
  type Usage,
} from "@millrace/protocol";

/** How far a run has come toward its limits. */
export interface RunState {
  /** Of its steps and sub-agents; summaries are not counted. */
  readonly tokens: number;
  /** Of everything whose price is known; null where none is. */
  readonly cost: number | null;
  /** Since the run began, without the time in which it waited for people. */
  readonly seconds: number;
  readonly calls: number;
  /** How often the last call was made in a row with the same arguments and the same result. */
  readonly repeated: { readonly times: number; readonly tool_name: string };
  /** Calls in a row that had no success. */
  readonly failed: number;
}

/** What a turn does not hold. */
export interface Beside {
  /** Unix time in milliseconds. */
  readonly now: number;
  /** With what running sub-agents have used, which the turn learns from their calls' results. */
  readonly usage: Usage;
  /** Tokens of it that were used for summaries. */
  readonly summaries: number;
  /** Milliseconds in which no process worked on the run. */
  readonly away: number;
  /** Of all that was used. */
  readonly cost: number | null;
}

export function runState(turn: Turn, { now, usage, summaries, away, cost }: Beside): RunState {
  const calls = turn.items.filter((item) => item.kind === "tool");
  const open = new Set(calls.filter((call) => call.phase.state !== "ended").map((call) => call.tool_call_id));
  const rows = rowsOf(calls, open);
  const repeated = rows.map(repeatedAtEnd).reduce((most, row) => (row.times > most.times ? row : most), NONE);
  return {
    tokens: Math.max(0, usage.total_tokens - summaries),
    cost,
    seconds: Math.max(0, now - turn.started_at - away - waitedFor(turn, now)) / 1000,
    calls: calls.filter(({ args }) => args !== null).length,
    repeated,
    failed: Math.max(0, ...rows.map(failedAtEnd)),
  };
}

const NONE = { times: 0, tool_name: "" };

type EndedCall = ToolItem & { readonly phase: { readonly state: "ended" } };

/** The ended calls of the run itself, and those of each sub-agent that still runs. */
function rowsOf(calls: readonly ToolItem[], open: ReadonlySet<string>): EndedCall[][] {
  const rows = new Map<string | null, EndedCall[]>([[null, []]]);
  for (const call of calls) {
    const parent = call.parent_tool_call_id;
    if (call.phase.state !== "ended" || (parent !== null && !open.has(parent))) continue;
    const row = rows.get(parent) ?? [];
    row.push(call as EndedCall);
    rows.set(parent, row);
  }
  return [...rows.values()];
}

function repeatedAtEnd(row: readonly EndedCall[]): { times: number; tool_name: string } {
  const last = row.at(-1);
  if (last === undefined) return NONE;
  const other = row.findLastIndex((call) => !isSame(call, last));
  return { times: row.length - 1 - other, tool_name: last.tool_name };
}

function isSame(a: EndedCall, b: EndedCall): boolean {
  return (
    a.tool_name === b.tool_name &&
    a.phase.outcome === b.phase.outcome &&
    a.phase.content === b.phase.content &&
    isDeepStrictEqual(a.args, b.args)
  );
}

function failedAtEnd(row: readonly EndedCall[]): number {
  return row.length - 1 - row.findLastIndex((call) => call.phase.success);
}

/** Milliseconds in which at least one question was open. */
function waitedFor(turn: Turn, now: number): number {
  const questions = turn.items.filter((item): item is InteractionItem => item.kind === "interaction");
  let waited = 0;
  let until = 0;
  for (const { ts, answer } of questions.toSorted((a, b) => a.ts - b.ts)) {
    const end = answer?.at ?? now;
    waited += Math.max(0, end - Math.max(ts, until));
    until = Math.max(until, end);
  }
  return waited;
}

/** Tokens of the summaries that the turn holds. */
export function summariesIn(turn: Turn): number {
  return turn.items.reduce((sum, item) => sum + ((item.kind === "compact" && item.usage?.total_tokens) || 0), 0);
}

/** Milliseconds since the turn's last sign of life; 0 while it waits for a person, which is counted by itself. */
export function idleSince(turn: Turn, now: number): number {
  if (openInteractions(turn).length > 0) return 0;
  return Math.max(0, now - Math.max(turn.started_at, ...turn.items.map(lastSign)));
}

function lastSign(item: Item): number {
  if (item.kind === "interaction") return item.answer?.at ?? item.ts;
  if (item.kind !== "tool") return item.ts;
  if (item.phase.state === "ended") return item.phase.ended_at;
  return item.phase.state === "running" ? item.phase.started_at : item.ts;
}
