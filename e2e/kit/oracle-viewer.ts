import { type Event, emptyView, evolve, fromOf, isDelta, type View } from "@millrace/protocol";
import { type Fault, Faults } from "./fault.ts";
import type { LogLedger } from "./oracle-log.ts";

interface Applied {
  readonly event: Event;
  /** Names the history; null where the viewer does not know it. */
  readonly epoch: string | null;
}

/**
 * What one viewer was handed, and what it made of it. It notices by itself what comes twice or too early; the rest is
 * held against the log once everything is quiet.
 */
export class ViewerLedger {
  readonly name: string;
  readonly frames: Applied[] = [];
  readonly #faults = new Faults();
  readonly #bySeq = new Map<string, string>();
  view: View = emptyView();
  /** Positions up to here are not this viewer's: it began at a tail. */
  #start = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Applies a frame as a page does. */
  apply(event: Event, epoch: string | null): void {
    this.frames.push({ event, epoch });
    const { seq } = this.view;
    const from = fromOf(event);
    if (event.seq <= seq) this.#add("DUP", `${event.type} ${from}..${event.seq} came again at ${seq}`);
    else if (from > seq + 1) this.#add("GAP", `${event.type} ${from}..${event.seq} came at ${seq}`);
    if (!isDelta(event)) {
      if (event.from !== undefined) this.#add("GAP", `a merged ${event.type} at ${event.seq}`);
      this.#compare(event, epoch);
    }
    this.view = evolve(this.view, event);
  }

  /** Told to drop what it has. @param renewed the history is another one now, or it begins for the first time */
  reset(after: number, renewed: boolean): void {
    if (!renewed) this.#add("GAP", `reset from ${this.view.seq} to ${after} within one history`);
    this.view = emptyView(after);
    this.#start = after;
  }

  /** Everything that is wrong with this viewer. */
  judge(log: LogLedger): readonly Fault[] {
    for (const { event, epoch } of this.frames) {
      if (log.epoch !== null && epoch !== log.epoch) continue;
      const fault = log.check(event);
      if (fault !== null) this.#add(fault.verdict, fault.message);
    }
    this.#judgeCover(log);
    this.#judgeTexts(log);
    if (this.#start === 0 && JSON.stringify(this.view) !== JSON.stringify(log.view)) {
      this.#add("LOST", `the view at ${this.view.seq} is not the fold of the log at ${log.head}`);
    }
    return this.#faults.list;
  }

  #judgeCover(log: LogLedger): void {
    if (this.view.seq < log.head) this.#add("LOST", `stopped at ${this.view.seq} of ${log.head}`);
    const ranges = this.frames
      .filter(({ epoch }) => log.epoch === null || epoch === log.epoch)
      .map(({ event }) => ({ from: fromOf(event), to: event.seq }))
      .sort((a, b) => a.from - b.from);
    let covered = this.#start;
    for (const { from, to } of ranges) {
      if (from > covered + 1) this.#add("LOST", `no frame covers ${covered + 1}..${from - 1}`);
      covered = Math.max(covered, to);
    }
  }

  /** The folded texts, by the log's own words: a fold that doubles what overlaps doubles it for everybody. */
  #judgeTexts(log: LogLedger): void {
    for (const [block, text] of textsOf(this.view)) {
      const stored = log.textOf(block);
      if (stored === undefined || stored === text) continue;
      if (text.length > stored.length) this.#add("DUP", `${block} holds ${text.length} of ${stored.length} code units`);
      else this.#add("LOST", `${block} holds ${text.length} of ${stored.length} code units`);
    }
  }

  /** Deltas are compared by their text, since merging changes frames and no text. */
  #compare(event: Event, epoch: string | null): void {
    const key = `${epoch} ${event.seq}`;
    const body = JSON.stringify(event);
    const held = this.#bySeq.get(key);
    if (held !== undefined && held !== body) this.#add("CONFLICT", `${event.seq} came with two contents`);
    this.#bySeq.set(key, body);
  }

  #add(verdict: Fault["verdict"], message: string): void {
    this.#faults.add(verdict, `${this.name}: ${message}`);
  }
}

/** The texts that a view has folded, by the names that the log gives them. */
function textsOf(view: View): [block: string, text: string][] {
  return view.turns.flatMap(({ items }) =>
    items.flatMap((item): [string, string][] => {
      if (item.kind === "text") return [[`text_delta ${item.block_id}`, item.content]];
      if (item.kind === "thinking") return [[`thinking ${item.block_id}`, item.content]];
      if (item.kind !== "tool") return [];
      return [
        [`tool_call_delta ${item.tool_call_id}`, item.args_text],
        [`tool_output_delta ${item.tool_call_id}`, item.output],
      ];
    }),
  );
}
