import type { Event, Turn, View } from "@millrace/protocol";
import type { Older, OlderRange } from "./session-store.ts";

/** Most events of one answer: folding them takes less than a frame. */
const PAGE = 2_000;
/** Milliseconds until a page that did not come is asked for again. */
const AGAIN_MS = 1_000;

/**
 * Folds a session's log from its beginning up to a position, page by page. Asks again while the gateway cannot be
 * reached; rejects where it refuses, where the log was replaced meanwhile, and once `signal` is aborted. What folds is
 * handed in: it is of the first load, which this chunk must not take apart.
 */
export async function readOlder({ session_id, to, signal, begin, fold }: OlderRange): Promise<Older> {
  const path = `/api/v1/sessions/${encodeURIComponent(session_id)}/events`;
  let view = begin;
  let epoch: string | null = null;
  while (view.seq < to) {
    const page = await read(`${path}?after=${view.seq}&before=${to + 1}&limit=${PAGE}`, signal);
    const next = fold(view, page.events);
    if (next.seq <= view.seq || (epoch !== null && page.epoch !== epoch)) throw new Error("The log was replaced.");
    view = next;
    epoch = page.epoch;
  }
  return { epoch, join: (since, shown) => sharing(fold(view, since), shown) };
}

async function read(path: string, signal: AbortSignal): Promise<{ epoch: string | null; events: readonly Event[] }> {
  for (;;) {
    const response = await fetch(path, { headers: { accept: "application/json" }, signal }).catch(() => null);
    signal.throwIfAborted();
    if (response?.ok === true) {
      const events = (await response.json().catch(() => null)) as readonly Event[] | null;
      if (events !== null) return { epoch: response.headers.get("millrace-epoch"), events };
    } else if (response !== null && response.status < 500) throw new Error(`HTTP ${response.status}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    signal.throwIfAborted();
  }
}

/** The view with the turns that are shown already: only what is new about them is drawn again. */
function sharing(view: View, shown: View): View {
  const drawn = new Map(shown.turns.map((turn) => [turn.run_id, turn]));
  return { ...view, turns: view.turns.map((turn) => shared(turn, drawn.get(turn.run_id))) };
}

/** Both are folds of the same events of the run; what lies before it tells its parent and its branch. */
function shared(turn: Turn, drawn: Turn | undefined): Turn {
  if (drawn === undefined) return turn;
  const isSame = turn.parent === drawn.parent && turn.branch === null && drawn.branch === null;
  return isSame ? drawn : { ...turn, items: drawn.items };
}
