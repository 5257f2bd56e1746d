import { type Event, emptyView, fold, Merger, type View } from "@millrace/protocol";

/** So many events may wait to be folded. */
const MOST = 128;

/**
 * The view of a log that grows. Events are folded when somebody looks, deltas merged before: folded one by one, each
 * token would cost a view, and stay a string of its own as long as its text.
 */
export class LiveView {
  #view: View;
  #seq: number;
  #waiting = 0;
  readonly #unfolded = new Merger();

  constructor(view: View = emptyView()) {
    this.#view = view;
    this.#seq = view.seq;
  }

  /** Position of the last event. */
  get seq(): number {
    return this.#seq;
  }

  get view(): View {
    if (this.#waiting > 0) this.#view = fold(this.#view, this.#unfolded.take());
    this.#waiting = 0;
    return this.#view;
  }

  push(event: Event): void {
    this.#unfolded.push(event);
    this.#seq = event.seq;
    this.#waiting += 1;
    if (this.#waiting >= MOST) void this.view;
  }
}
