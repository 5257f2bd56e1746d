import { type Event, emptyView, fold, settle, type View } from "@millrace/protocol";
import type { Schedule } from "./next-frame.ts";

export interface Folded {
  readonly view: View;
  /** The last events of the log, neighbouring deltas merged, oldest first; at most `RECENT`. */
  readonly recent: readonly Event[];
  /** What came before is not in it yet: it follows a position that is not the log's beginning. */
  readonly partial: boolean;
}

/** What lies before the events of a buffer. */
export interface Preceding {
  /** The view of that and of `since`; parts of `shown`, the view of `since` alone, are taken over where they are the same. */
  join(since: readonly Event[], shown: View): View;
}

/** How many events the inspector can list. */
export const RECENT = 500;
/** Waiting events that are folded at once, frame or not: what bounds a tab that gets no frames. */
export const WAITING = 2_000;

/**
 * Events of one session on their way to the screen: they wait for the next frame and are folded together, so
 * that a burst costs one update. `changed` is called once per fold, and not where the fold changed nothing.
 */
export class FoldBuffer {
  #folded: Folded = { view: emptyView(), recent: [], partial: false };
  #waiting: Event[] = [];
  /** Of a partial fold, every event that is in it. */
  #since: Event[] = [];
  #cancel: (() => void) | null = null;
  readonly #schedule: Schedule;
  readonly #changed: (folded: Folded, events: readonly Event[]) => void;

  constructor(schedule: Schedule, changed: (folded: Folded, events: readonly Event[]) => void) {
    this.#schedule = schedule;
    this.#changed = changed;
  }

  get folded(): Folded {
    return this.#folded;
  }

  push(events: readonly Event[]): void {
    for (const event of events) this.#waiting.push(event);
    if (this.#waiting.length >= WAITING) this.flush();
    else this.#cancel ??= this.#schedule(() => this.flush());
  }

  /** Forgets everything; what is pushed next follows from `after + 1`. */
  reset(after: number): void {
    this.#waiting = [];
    this.#since = [];
    this.#folded = { view: emptyView(after), recent: [], partial: after > 0 };
    this.#cancel ??= this.#schedule(() => this.flush());
  }

  /** Folds what waits, now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    const events = settle(this.#waiting);
    this.#waiting = [];
    const { partial, recent } = this.#folded;
    const view = fold(this.#folded.view, events);
    if (partial) this.#since = settle([...this.#since, ...events]);
    if (events.length > 0) this.#folded = { view, recent: remember(recent, events), partial };
    this.#changed(this.#folded, events);
  }

  /** Puts what came before in front of a partial fold. */
  precede(older: Preceding): void {
    this.flush();
    this.#folded = { ...this.#folded, view: older.join(this.#since, this.#folded.view), partial: false };
    this.#since = [];
    this.#changed(this.#folded, []);
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#waiting = [];
  }
}

function remember(recent: readonly Event[], events: readonly Event[]): readonly Event[] {
  const last = recent.at(-1);
  const joined = last === undefined ? settle(events) : [...recent.slice(0, -1), ...settle([last, ...events])];
  return joined.length > RECENT ? joined.slice(-RECENT) : joined;
}
