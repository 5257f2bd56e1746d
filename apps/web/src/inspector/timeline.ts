import type { BlockItem, InteractionItem, Item, RetryItem, ToolItem, Turn } from "@millrace/protocol";
import { type CallState, callState } from "../conversation/call-state.ts";

/** A stretch of time in seconds since the run began; `to` is null while it lasts. */
export interface Bar {
  readonly kind: "think" | "text" | "retry" | "slot" | "asks" | Exclude<CallState, "called">;
  readonly from: number;
  readonly to: number | null;
}

/** An interaction has a row of its own where no call asked: the run waits whether it may go on. */
export type RowItem = BlockItem | ToolItem | RetryItem | InteractionItem;

export interface TimelineRow {
  readonly key: string;
  readonly item: RowItem;
  /** Questions about this call, or asked by it. */
  readonly asked: readonly InteractionItem[];
  /** Made inside the call above it. */
  readonly inner: boolean;
  /** Place among the calls of one step that share a bracket; null where it is alone. */
  readonly bracket: "first" | "middle" | "last" | null;
}

/** What happened in a moment. */
export interface Mark {
  readonly kind: "data" | "compact" | "prune" | "circuit_breaker";
  /** Names it in the log. */
  readonly seq: number;
  /** Seconds since the run began. */
  readonly at: number;
  /** Of the data, or of the limit. */
  readonly name: string;
}

/** The rows of one step, a band of time. What comes before the first step is in a band of its own, step 0. */
export interface Band {
  readonly step: number;
  readonly from: number;
  readonly to: number | null;
  readonly rows: readonly TimelineRow[];
  readonly marks: readonly Mark[];
}

const NOT_ASKED: readonly InteractionItem[] = [];

/** More rows than these: finished steps fold to their band. */
export const MANY_ROWS = 40;

function hasRow(item: Item): item is RowItem {
  switch (item.kind) {
    case "text":
      return item.content.trim() !== "";
    case "interaction":
      return item.tool_call_id === null;
    default:
      return item.kind === "thinking" || item.kind === "tool" || item.kind === "retry";
  }
}

/** Index of the last row that a call and the calls made inside it have; -1 where the call has none. */
function lastOf(tool_call_id: string, rows: readonly TimelineRow[]): number {
  return rows.findLastIndex(
    ({ item }) =>
      item.kind === "tool" && (item.tool_call_id === tool_call_id || item.parent_tool_call_id === tool_call_id),
  );
}

interface Open {
  readonly step: number;
  readonly from: number;
  to: number | null;
  readonly rows: TimelineRow[];
  readonly marks: Mark[];
}

function markOf(item: Item): Omit<Mark, "at"> | null {
  switch (item.kind) {
    case "data":
      return { kind: item.kind, seq: item.seq, name: item.name };
    case "circuit_breaker":
      return { kind: item.kind, seq: item.seq, name: item.reason };
    case "compact":
    case "prune":
      return { kind: item.kind, seq: item.seq, name: "" };
    default:
      return null;
  }
}

/** A run as rows in the order of its log, those of calls inside a call under it, by step. `to` of the last band is null while the run is open. */
export function bandsOf(turn: Turn): readonly Band[] {
  const since = (ts: number) => Math.max(0, (ts - turn.started_at) / 1_000);
  const asked = new Map<string, readonly InteractionItem[]>();
  const bands: Open[] = [];
  for (const item of turn.items) {
    if (item.kind === "interaction" && item.tool_call_id !== null) {
      asked.set(item.tool_call_id, [...(asked.get(item.tool_call_id) ?? NOT_ASKED), item]);
    }
    if (item.kind !== "step") continue;
    const last = bands.at(-1);
    if (last !== undefined) last.to = since(item.ts);
    bands.push({ step: item.step, from: since(item.ts), to: null, rows: [], marks: [] });
  }
  const before: Open = { step: 0, from: 0, to: bands[0]?.from ?? null, rows: [], marks: [] };
  for (const item of turn.items) {
    const at = item.kind === "tool" ? bands.find((band) => band.step === item.step) : undefined;
    const band = at ?? bands.findLast((other) => other.from <= since(item.ts)) ?? before;
    const mark = markOf(item);
    if (mark !== null) band.marks.push({ ...mark, at: since(item.ts) });
    if (!hasRow(item)) continue;
    const key = item.kind === "tool" ? item.tool_call_id : `${item.kind} ${item.seq}`;
    const question = item.kind === "tool" ? (asked.get(item.tool_call_id) ?? NOT_ASKED) : NOT_ASKED;
    const row = { key, item, asked: question, bracket: null };
    const parent = item.kind === "tool" ? item.parent_tool_call_id : null;
    const place = parent === null ? -1 : lastOf(parent, band.rows);
    if (place === -1) band.rows.push({ ...row, inner: false });
    else band.rows.splice(place + 1, 0, { ...row, inner: true });
  }
  const ended = "ended_at" in turn.phase ? since(turn.phase.ended_at) : null;
  const all = before.rows.length + before.marks.length > 0 ? [before, ...bands] : bands;
  const last = all.at(-1);
  if (last !== undefined) last.to = ended;
  return all.map((band) => ({ ...band, rows: bracketed(band.rows) }));
}

function bracketed(rows: readonly TimelineRow[]): TimelineRow[] {
  const isCall = (row: TimelineRow | undefined) => row?.item.kind === "tool";
  const begins = (row: TimelineRow | undefined) => isCall(row) && row?.inner === false;
  return rows.map((row, index) => {
    if (!isCall(row)) return row;
    const start = rows.findLastIndex((other, at) => at <= index && !isCall(other)) + 1;
    const past = rows.findIndex((other, at) => at > index && !isCall(other));
    const end = past === -1 ? rows.length : past;
    // One call with those inside it is no group.
    if (rows.slice(start, end).filter(begins).length < 2) return row;
    return { ...row, bracket: index === start ? "first" : index === end - 1 ? "last" : "middle" };
  });
}

/** What a row draws. `base`: when the run began, in milliseconds of the log. */
export function barsOf(item: RowItem, asked: readonly InteractionItem[], base: number): readonly Bar[] {
  const since = (ts: number) => Math.max(0, (ts - base) / 1_000);
  switch (item.kind) {
    case "thinking":
      return [{ kind: "think", from: since(item.ts), to: item.ended_at === null ? null : since(item.ended_at) }];
    case "text":
      return [{ kind: "text", from: since(item.ts), to: item.ended_at === null ? null : since(item.ended_at) }];
    case "retry":
      return [{ kind: "retry", from: since(item.ts), to: since(item.ts + item.delay_ms) }];
    case "interaction":
      return [{ kind: "asks", from: since(item.ts), to: item.answer === null ? null : since(item.answer.at) }];
    case "tool":
      return callBars(item, asked, since);
  }
}

function callBars(call: ToolItem, asked: readonly InteractionItem[], since: (ts: number) => number): Bar[] {
  const { phase } = call;
  if (phase.state === "preparing") return [{ kind: "preparing", from: since(call.ts), to: null }];
  const bars: Bar[] = [];
  const add = (kind: Bar["kind"], from: number, to: number | null) => {
    if (to === null || to > from) bars.push({ kind, from: since(from), to: to === null ? null : since(to) });
  };
  const begun = phase.state === "called" ? null : phase.started_at;
  const end = phase.state === "ended" ? phase.ended_at : null;
  const works = phase.state === "called" ? "slot" : (callState(call) as Bar["kind"]);
  /** What is neither preparing nor waiting for a person: for a place first, then at work. */
  const between = (from: number, to: number | null) => {
    const start = begun ?? end;
    add("slot", from, start === null || (to !== null && to < start) ? to : start);
    if (begun !== null) add(works, Math.max(from, begun), to);
  };
  add("preparing", call.ts, phase.called_at);
  let at: number = phase.called_at;
  for (const { ts, answer } of asked) {
    between(at, Math.max(at, ts));
    const answered = answer?.at ?? end;
    add("asks", Math.max(at, ts), answered);
    if (answered === null) return bars;
    at = Math.max(at, answered);
  }
  between(at, end);
  // How a call ended is seen also where it took no time.
  if (end !== null && (begun === null || bars.at(-1)?.kind !== works)) {
    bars.push({ kind: works, from: since(begun === null ? end : Math.max(at, begun)), to: since(end) });
  }
  return bars;
}
