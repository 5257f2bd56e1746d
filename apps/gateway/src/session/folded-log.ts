import {
  type Event,
  emptyView,
  evolve,
  isOpen,
  type Message,
  openTurn,
  type Turn,
  type View,
} from "@millrace/protocol";
import { eventOf, type LogStore, type Row } from "@millrace/store";
import { Slices } from "../slices.ts";

/** Rows of one read. */
const PAGE = 1_000;

/**
 * Folds a whole log. Only the last turn can be open, so the ones before it are put aside: every event of a run copies
 * the list of turns, which would take seconds where there are thousands.
 */
export class FoldedLog {
  #view: View = emptyView();
  readonly #over: Turn[] = [];

  push(event: Event): void {
    if (this.#over.length > 0 && this.branches(event)) {
      this.#view = this.view;
      this.#over.length = 0;
    }
    this.#view = evolve(this.#view, event);
    const { turns } = this.#view;
    if (turns.length < 2) return;
    const open = turns.findIndex(isOpen);
    const kept = open < 0 ? turns.length - 1 : open;
    for (const turn of turns.slice(0, kept)) this.#over.push(turn);
    if (kept > 0) this.#view = { ...this.#view, turns: turns.slice(kept) };
  }

  /** Whether another branch may be shown after an event: all turns are needed for it. */
  branches(event: Event): boolean {
    if (event.type !== "session_start") return event.type === "branch_selected";
    const replacing = this.#view.queue.filter(({ replaces }) => replaces !== null);
    if (replacing.length === 0) return false;
    const taken = new Set(event.message_ids);
    return replacing.some(({ message_id }) => taken.has(message_id));
  }

  /** Messages that no run has taken yet, oldest first. */
  get queue(): readonly Message[] {
    return this.#view.queue;
  }

  /** The run that is open, if one is. */
  get open(): Turn | null {
    return openTurn(this.#view);
  }

  get view(): View {
    return { ...this.#view, turns: [...this.#over, ...this.#view.turns] };
  }
}

/** Reads a stored log and folds it, a page at a time. `see` is given every event. @throws StoreError */
export async function foldStored(
  store: Pick<LogStore, "read">,
  session_id: string,
  see: (event: Event) => void,
  now: () => number = () => performance.now(),
): Promise<View> {
  const folded = new FoldedLog();
  const slices = new Slices(now);
  let reading: Promise<readonly Row[]> = store.read(session_id, 0, PAGE);
  for (;;) {
    const rows = await reading;
    const last = rows.at(-1);
    if (last === undefined) return folded.view;
    // The next page is read while this one is folded.
    reading = store.read(session_id, last.seq, PAGE);
    reading.catch(() => {});
    for (const row of rows) {
      const event = eventOf(session_id, row);
      folded.push(event);
      see(event);
      if (slices.over) await slices.rest();
    }
  }
}
