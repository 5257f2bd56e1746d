import { type Band, type Bar, barsOf } from "./timeline.ts";

/** Waiting longer than these seconds is drawn as long as these. */
export const LONGEST_WAIT = 10;

/** A stretch of seconds in which a run only waits. Infinity while it lasts. */
export interface Wait {
  readonly from: number;
  readonly to: number;
}

/** Where seconds of a run are drawn, in drawn seconds: less than the true ones behind a wait that is cut. */
export interface Scale {
  readonly waits: readonly Wait[];
  at(seconds: number): number;
  /** Drawn places of the cuts, as far as there are any at this time. */
  cuts(present: number): readonly number[];
}

const WAITING: ReadonlySet<Bar["kind"]> = new Set(["asks", "slot", "retry"]);

/** When nothing but waiting goes on, for longer than is drawn. What goes on beside a wait keeps its true length, and so does the wait. */
export function waitsOf(bands: readonly Band[], base: number): readonly Wait[] {
  const bars = bands.flatMap((band) => band.rows.flatMap((row) => barsOf(row.item, row.asked, base)));
  const spans = (waiting: boolean) =>
    joined(
      bars
        .filter(({ kind }) => WAITING.has(kind) === waiting)
        .map(({ from, to }) => ({ from, to: to ?? Number.POSITIVE_INFINITY })),
    );
  const works = spans(false);
  return spans(true)
    .flatMap((wait) => without(wait, works))
    .filter(({ from, to }) => to - from > LONGEST_WAIT);
}

function joined(spans: readonly Wait[]): Wait[] {
  const result: Wait[] = [];
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const last = result.at(-1);
    if (last !== undefined && span.from <= last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else result.push(span);
  }
  return result;
}

function without(wait: Wait, works: readonly Wait[]): Wait[] {
  const left: Wait[] = [];
  let { from } = wait;
  for (const work of works) {
    if (work.to <= from || work.from >= wait.to) continue;
    if (work.from > from) left.push({ from, to: work.from });
    from = Math.max(from, work.to);
  }
  if (from < wait.to) left.push({ from, to: wait.to });
  return left;
}

export function scaleOf(waits: readonly Wait[]): Scale {
  const half = LONGEST_WAIT / 2;
  /** Of one wait, the seconds that are left out before a moment. */
  const leftOut = ({ from, to }: Wait, seconds: number) => {
    if (to === Number.POSITIVE_INFINITY) return Math.max(0, seconds - from - LONGEST_WAIT);
    return Math.max(0, Math.min(seconds - from - half, to - from - LONGEST_WAIT));
  };
  const at = (seconds: number) => waits.reduce((drawn, wait) => drawn - leftOut(wait, seconds), seconds);
  return {
    waits,
    at,
    cuts: (present) =>
      waits.filter(({ from, to }) => Math.min(to, present) - from > LONGEST_WAIT).map(({ from }) => at(from) + half),
  };
}

/** A round number of true seconds, and where it is drawn. */
export interface Tick {
  readonly seconds: number;
  readonly at: number;
}

const MOST = 5;
/** Share of the window that a label takes. */
const LABEL = 0.1;

/** At most five round numbers in a drawn stretch: steps of 1, 2 or 5 times a power of ten. None lies in what is cut. */
export function ticksOf({ waits, at }: Pick<Scale, "waits" | "at">, from: number, to: number): readonly Tick[] {
  const length = to - from;
  if (!(length > 0)) return [{ seconds: from, at: from }];
  let step = 10 ** Math.floor(Math.log10(length / MOST));
  for (let factor = 0; ; factor += 1) {
    const found = multiples(waits, at, step, from, to);
    if (found.length <= MOST) {
      return found.filter((tick, index) => index === 0 || tick.at - found[index - 1]!.at > length * LABEL);
    }
    step *= factor % 3 === 1 ? 2.5 : 2;
  }
}

function multiples(waits: Scale["waits"], at: Scale["at"], step: number, from: number, to: number): Tick[] {
  const half = LONGEST_WAIT / 2;
  const found: Tick[] = [];
  let begin = 0;
  let left_out = 0;
  for (const wait of [...waits, null]) {
    // Between two cuts the drawn seconds are the true ones less what is left out so far.
    const end = wait === null ? Number.POSITIVE_INFINITY : wait.from + half;
    const low = Math.max(begin, from + left_out);
    const high = Math.min(end, to + left_out);
    for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
      const seconds = Number((index * step).toFixed(6));
      found.push({ seconds, at: at(seconds) });
      if (found.length > MOST) return found;
    }
    if (wait === null || wait.to === Number.POSITIVE_INFINITY) break;
    begin = wait.to - half;
    left_out += wait.to - wait.from - LONGEST_WAIT;
  }
  return found;
}
