/** A silence longer than this plays for this long, in milliseconds. The timeline draws its waits by the same measure. */
const LONGEST_SILENCE = 10_000;

/** When things are shown again. All times are milliseconds; playback counts from its first event. */
export interface Timing {
  readonly length: number;
  /** Silences that play shorter than they were: where they are cut, and how much is left out. */
  readonly cuts: readonly { readonly at: number; readonly left_out: number }[];
  /** When an event is shown, by its place. */
  at(index: number): number;
  /** How many events have been shown at a moment of the playback. */
  count(position: number): number;
  /** The log's time at a moment of the playback: it jumps in the middle of a silence that is cut. */
  logTime(position: number): number;
}

/** @param times of the log, which never fall */
export function timing(times: readonly number[]): Timing {
  const starts = new Float64Array(times.length);
  const cuts: { at: number; left_out: number }[] = [];
  for (let index = 1; index < times.length; index += 1) {
    const silence = times[index]! - times[index - 1]!;
    const before = starts[index - 1]!;
    starts[index] = before + Math.min(silence, LONGEST_SILENCE);
    if (silence > LONGEST_SILENCE) cuts.push({ at: before + LONGEST_SILENCE / 2, left_out: silence - LONGEST_SILENCE });
  }
  const count = (position: number) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    length: starts.at(-1) ?? 0,
    cuts,
    at: (index) => starts[index] ?? 0,
    count,
    logTime(position) {
      const last = count(position) - 1;
      if (last < 0) return times[0] ?? 0;
      const since = position - starts[last]!;
      const next = times[last + 1];
      if (next === undefined) return times[last]!;
      const silence = next - times[last]!;
      const left_out = silence > LONGEST_SILENCE && since > LONGEST_SILENCE / 2 ? silence - LONGEST_SILENCE : 0;
      return times[last]! + since + left_out;
    },
  };
}
