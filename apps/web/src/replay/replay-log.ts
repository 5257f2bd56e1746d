import { type Event, emptyView, fromOf, type View } from "@millrace/protocol";
import { RECENT } from "../session/fold-buffer.ts";
import { APART, Folds } from "./folds.ts";
import { spread } from "./spread.ts";
import { type Timing, timing } from "./timing.ts";

/** A log that is shown again, or the part of it that is one run. */
export interface ReplayLog {
  /** As it is stored. */
  readonly events: readonly Event[];
  readonly timing: Timing;
  /** When its steps begin, in milliseconds of the playback. */
  readonly steps: readonly number[];
  /** When the event that follows in the log has been shown whole, or the one before; null where there is none. */
  next(position: number): number | null;
  previous(position: number): number | null;
  /** How many pieces are shown at a moment: what is shown changes only with it. */
  count(position: number): number;
  view(count: number): View;
  /** The last events up to a view's cursor. */
  recent(view: View): readonly Event[];
}

export interface ReplaySource {
  readonly events: readonly Event[];
  /** Known beside the events. */
  readonly title: string | null;
}

/** Pieces that are folded in one go while a log is made ready. */
const AT_ONCE = 2_000;

/**
 * Makes a log ready to be shown again: cut into pieces, timed, folded once, with pauses in which the page stays alive.
 * `run_id`: only this run plays, after what came before it. `pause` resolves after the page had a turn.
 */
export async function replayLog(
  { events, title }: ReplaySource,
  run_id: string | null,
  pause: () => Promise<void>,
): Promise<ReplayLog> {
  const { pieces, ends } = spread(events);
  const first = events[0];
  const start = { ...emptyView(first === undefined ? 0 : fromOf(first) - 1), title };
  const folds = new Folds(pieces, start);
  for (let count = 0; count < pieces.length; count += AT_ONCE - (AT_ONCE % APART)) {
    folds.at(count);
    await pause();
  }
  const whole = folds.at(pieces.length);
  const { from, to } = run_id === null ? { from: 0, to: pieces.length } : partOf(pieces, whole, run_id);
  const played = pieces.slice(from, to);
  const times = timing(played.map(({ ts }) => ts));
  const shown = (position: number) => from + times.count(position);
  /** When a number of pieces is shown; null outside of what plays. */
  const when = (count: number | undefined) =>
    count === undefined || count <= from || count > to ? null : times.at(count - from - 1);
  return {
    events,
    timing: times,
    steps: played.flatMap(({ type }, index) => (type === "step" ? [times.at(index)] : [])),
    next: (position) => when(ends.find((end) => (when(end) ?? -1) > position)),
    previous: (position) => when(ends.findLast((end) => (when(end) ?? Number.POSITIVE_INFINITY) < position)),
    count: shown,
    view: (count) => folds.at(count),
    recent({ seq }) {
      const past = events.findIndex((event) => fromOf(event) > seq);
      const until = past === -1 ? events.length : past;
      return events.slice(Math.max(0, until - RECENT), until);
    },
  };
}

/** A run from its messages to its end. Runs follow one another, but messages may wait through another run. */
function partOf(pieces: readonly Event[], whole: View, run_id: string): { from: number; to: number } {
  const turn = whole.turns.find((one) => one.run_id === run_id);
  const starts = pieces.findIndex((event) => event.run_id === run_id);
  if (turn === undefined || starts === -1) return { from: 0, to: pieces.length };
  const said = new Set(turn.items.flatMap((item) => (item.kind === "message" ? [item.message.message_id] : [])));
  let from = starts;
  for (let event = pieces[from - 1]; event?.type === "user_message"; event = pieces[from - 1]) {
    if (!said.has(event.message_id)) break;
    from -= 1;
  }
  const ended = pieces.findIndex(({ seq }) => turn.ended_seq !== null && seq >= turn.ended_seq);
  return { from, to: ended === -1 ? pieces.length : ended + 1 };
}
