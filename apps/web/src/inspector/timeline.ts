import type { BlockItem, InteractionItem, RetryItem, ToolItem, Turn } from "@millrace/protocol";
import { type CallState, callState } from "../conversation/call-state.ts";

/** A stretch of time in seconds since the run began; `to` is null while it lasts. */
export interface Bar {
  readonly kind: "think" | "text" | "retry" | "slot" | "asks" | Exclude<CallState, "called">;
  readonly from: number;
  readonly to: number | null;
}

export type RowItem = BlockItem | ToolItem | RetryItem;

export interface TimelineRow {
  readonly key: string;
  readonly item: RowItem;
  /** The question about this call, if one was asked. */
  readonly asked: InteractionItem | null;
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

/** More rows than these: finished steps fold to their band. */
export const MANY_ROWS = 40;

/** A run as rows in the order of its log, by step. `to` of the last band is null while the run is open. */
export function bandsOf(turn: Turn): readonly Band[] {
  const since = (ts: number) => Math.max(0, (ts - turn.started_at) / 1_000);
  const asked = new Map<string, InteractionItem>();
  const bands: { step: number; from: number; to: number | null; rows: TimelineRow[] }[] = [];
  for (const item of turn.items) {
    if (item.kind === "interaction" && item.tool_call_id !== null) asked.set(item.tool_call_id, item);
    if (item.kind !== "step") continue;
    const last = bands.at(-1);
    if (last !== undefined) last.to = since(item.ts);
    bands.push({ step: item.step, from: since(item.ts), to: null, rows: [] });
  }
  for (const item of turn.items) {
    if (item.kind !== "thinking" && item.kind !== "text" && item.kind !== "tool" && item.kind !== "retry") continue;
    if (item.kind === "text" && item.content.trim() === "") continue;
    const at = item.kind === "tool" ? bands.find((band) => band.step === item.step) : undefined;
    const band = at ?? bands.findLast((other) => other.from <= since(item.ts));
    const key = item.kind === "tool" ? item.tool_call_id : `${item.kind} ${item.seq}`;
    const question = item.kind === "tool" ? (asked.get(item.tool_call_id) ?? null) : null;
    band?.rows.push({ key, item, asked: question, bracket: null });
  }
  const ended = "ended_at" in turn.phase ? since(turn.phase.ended_at) : null;
  const last = bands.at(-1);
  if (last !== undefined) last.to = ended;
  return bands.map((band) => ({ ...band, rows: bracketed(band.rows) }));
}

function bracketed(rows: readonly TimelineRow[]): TimelineRow[] {
  const isCall = (row: TimelineRow | undefined) => row?.item.kind === "tool";
  return rows.map((row, index) => {
    if (!isCall(row)) return row;
    const before = isCall(rows[index - 1]);
    const after = isCall(rows[index + 1]);
    if (!before && !after) return row;
    return { ...row, bracket: before ? (after ? "middle" : "last") : "first" };
  });
}

/** What a row draws. `base`: when the run began, in milliseconds of the log. */
export function barsOf(item: RowItem, asked: InteractionItem | null, base: number): readonly Bar[] {
  const since = (ts: number) => Math.max(0, (ts - base) / 1_000);
  switch (item.kind) {
    case "thinking":
      return [{ kind: "think", from: since(item.ts), to: item.ended_at === null ? null : since(item.ended_at) }];
    case "text":
      return [{ kind: "text", from: since(item.ts), to: item.ended_at === null ? null : since(item.ended_at) }];
    case "retry":
      return [{ kind: "retry", from: since(item.ts), to: since(item.ts + item.delay_ms) }];
    case "tool":
      return callBars(item, asked, since);
  }
}

function callBars(call: ToolItem, asked: InteractionItem | null, since: (ts: number) => number): Bar[] {
  const { phase } = call;
  if (phase.state === "preparing") return [{ kind: "preparing", from: since(call.ts), to: null }];
  const bars: Bar[] = [];
  const add = (kind: Bar["kind"], from: number, to: number | null) => {
    if (to === null || to > from) bars.push({ kind, from: since(from), to: to === null ? null : since(to) });
  };
  const begun = phase.state === "called" ? null : phase.started_at;
  const waited = begun ?? (phase.state === "ended" ? phase.ended_at : null);
  add("preparing", call.ts, phase.called_at);
  if (asked === null) {
    add("slot", phase.called_at, waited);
  } else {
    const answered = asked.answer?.at ?? (phase.state === "ended" ? phase.ended_at : null);
    add("slot", phase.called_at, asked.ts);
    add("asks", asked.ts, answered);
    if (answered !== null) add("slot", answered, waited);
  }
  if (phase.state === "running") bars.push({ kind: "running", from: since(phase.started_at), to: null });
  if (phase.state === "ended") {
    const from = since(phase.started_at ?? phase.ended_at);
    bars.push({ kind: callState(call) as Bar["kind"], from, to: since(phase.ended_at) });
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
