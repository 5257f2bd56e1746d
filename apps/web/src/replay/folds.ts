import { type Event, emptyView, evolve, type View } from "@millrace/protocol";

/** Events between two views that are kept: what a jump folds again at most. */
export const APART = 256;

/** The views of a log at each of its places. What views share is stored once, so keeping some of them costs little. */
export class Folds {
  readonly #events: readonly Event[];
  /** After 0, APART, 2 × APART, … events, as far as it was folded. */
  readonly #kept: View[];
  #last: { readonly count: number; readonly view: View };

  constructor(events: readonly Event[], start: View = emptyView()) {
    this.#events = events;
    this.#kept = [start];
    this.#last = { count: 0, view: start };
  }

  /** The fold of the first `count` events. */
  at(count: number): View {
    const wanted = Math.max(0, Math.min(count, this.#events.length));
    const near = Math.min(Math.floor(wanted / APART), this.#kept.length - 1);
    const kept = { count: near * APART, view: this.#kept[near]! };
    const from = this.#last.count <= wanted && this.#last.count >= kept.count ? this.#last : kept;
    let { view } = from;
    for (let index = from.count; index < wanted; index += 1) {
      view = evolve(view, this.#events[index]!);
      if ((index + 1) % APART === 0 && (index + 1) / APART === this.#kept.length) this.#kept.push(view);
    }
    this.#last = { count: wanted, view };
    return view;
  }
}
