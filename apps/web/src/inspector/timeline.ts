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

/** The rows of one step, a band of time. */
export interface Band {
  readonly step: number;
  readonly from: number;
  readonly to: number | null;
  readonly rows: readonly TimelineRow[];
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

/** A run as rows in the order of its log, those of calls inside a call under it, by step. `to` of the last band is null while the run is open. */
export function bandsOf(turn: Turn): readonly Band[] {
  const since = (ts: number) => Math.max(0, (ts - turn.started_at) / 1_000);
  const asked = new Map<string, readonly InteractionItem[]>();
  const bands: { step: number; from: number; to: number | null; rows: TimelineRow[] }[] = [];
  for (const item of turn.items) {
    if (item.kind === "interaction" && item.tool_call_id !== null) {
      asked.set(item.tool_call_id, [...(asked.get(item.tool_call_id) ?? NOT_ASKED), item]);
    }
    if (item.kind !== "step") continue;
    const last = bands.at(-1);
    if (last !== undefined) last.to = since(item.ts);
    bands.push({ step: item.step, from: since(item.ts), to: null, rows: [] });
  }
  for (const item of turn.items) {
    if (!hasRow(item)) continue;
    const at = item.kind === "tool" ? bands.find((band) => band.step === item.step) : undefined;
    const band = at ?? bands.findLast((other) => other.from <= since(item.ts));
    const key = item.kind === "tool" ? item.tool_call_id : `${item.kind} ${item.seq}`;
    const question = item.kind === "tool" ? (asked.get(item.tool_call_id) ?? NOT_ASKED) : NOT_ASKED;
    const row = { key, item, asked: question, bracket: null };
    const parent = item.kind === "tool" ? item.parent_tool_call_id : null;
    const place = parent === null ? -1 : lastOf(parent, band?.rows ?? []);
    if (place === -1) band?.rows.push({ ...row, inner: false });
    else band?.rows.splice(place + 1, 0, { ...row, inner: true });
  }
  const ended = "ended_at" in turn.phase ? since(turn.phase.ended_at) : null;
  const last = bands.at(-1);
  if (last !== undefined) last.to = ended;
  return bands.map((band) => ({ ...band, rows: bracketed(band.rows) }));
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

/** At most five round numbers inside a stretch of seconds: steps of 1, 2 or 5 times a power of ten. */
export function ticks(from: number, to: number): readonly number[] {
  const length = to - from;
  if (!(length > 0)) return [from];
  let step = 10 ** Math.floor(Math.log10(length / 5));
  for (const factor of [2, 2.5, 2]) {
    if (length / step <= 4) break;
    step *= factor;
  }
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.min(5, count) }, (_, index) => Number(((first + index) * step).toFixed(6)));
}

/** Seconds that Follow shows at most. */
const WINDOW = 60;
/** Where Follow keeps the present. */
const PRESENT = 0.95;

/** The stretch of seconds that is on the screen. `present`: now, or the end of a run that has ended. */
export function windowOf(present: number, open: boolean, follow: boolean): { from: number; to: number } {
  if (!open) return { from: 0, to: Math.max(0.1, present) };
  if (!follow || present <= WINDOW * PRESENT) return { from: 0, to: Math.max(5, present / PRESENT) };
  return { from: present - WINDOW * PRESENT, to: present + WINDOW * (1 - PRESENT) };
}
