import { blockOf, type Delta, type Event, emptyView, fold, isDelta, isTerminal, type View } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { type Fault, Faults, type Verdict } from "./fault.ts";

/** Which verdict a broken rule of SPEC.md is; the others concern calls and ends. */
const RULES: readonly (readonly [prefix: RegExp, verdict: Verdict])[] = [
  [/^LOG-1|^DELTA-[12]|^EVENT/, "LOST"],
  [/^LOG-4/, "CONFLICT"],
  [/^DELTA/, "TEXT"],
  [/^SEND|^ASK-[25]|^TOOL-1/, "DUPRUN"],
];

/** What the log of one session holds once everything is quiet, and whether it is sound in itself. */
export class LogLedger {
  readonly events: readonly Event[];
  readonly epoch: string | null;
  readonly view: View;
  readonly #faults = new Faults();
  readonly #bySeq = new Map<number, string>();
  readonly #texts = new Map<string, string>();

  /** @param terms of the rows, in the order of the events, where a store has them; null for a command */
  constructor(events: readonly Event[], epoch: string | null = null, terms: readonly (number | null)[] = []) {
    this.events = events;
    this.epoch = epoch;
    this.view = fold(emptyView(), events);
    for (const rule of brokenRules(events)) {
      const verdict = RULES.find(([prefix]) => prefix.test(rule))?.[1] ?? "ENDS";
      this.#faults.add(verdict, `the log breaks ${rule}`);
    }
    for (const event of events) {
      if (isDelta(event)) this.#addText(event);
      else this.#bySeq.set(event.seq, JSON.stringify(event));
    }
    this.#checkRuns();
    this.#checkTerms(terms);
  }

  get head(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  get session_id(): string {
    return this.events[0]?.session_id ?? "";
  }

  get faults(): readonly Fault[] {
    return this.#faults.list;
  }

  /** The text of a block as it is stored. */
  textOf(block: string): string | undefined {
    return this.#texts.get(block);
  }

  /** Whether something that was received is in this log: null, or what is wrong. */
  check(event: Event): Fault | null {
    if (event.seq > this.head) {
      return { verdict: "GHOST", message: `${event.type} ${event.seq} beyond the head ${this.head}` };
    }
    if (isDelta(event)) {
      const block = blockKey(event);
      const stored = this.#texts.get(block)?.slice(event.offset, event.offset + event.content.length);
      if (stored === event.content) return null;
      return { verdict: "GHOST", message: `text of ${block} at ${event.offset} is not the stored one` };
    }
    const stored = this.#bySeq.get(event.seq);
    if (stored === JSON.stringify(event)) return null;
    return { verdict: "CONFLICT", message: `${event.type} at ${event.seq} is stored as something else` };
  }

  #addText(event: Delta): void {
    const block = blockKey(event);
    const text = this.#texts.get(block) ?? "";
    if (event.offset !== text.length) {
      this.#faults.add("LOST", `${block} continues at ${event.offset} of ${text.length} in the log`);
    }
    this.#texts.set(block, text.slice(0, event.offset) + event.content);
  }

  #checkRuns(): void {
    const ends = new Map<string, number>();
    const taken = new Map<string, number>();
    const said = new Map<string, number>();
    const count = (map: Map<string, number>, name: string): void => void map.set(name, (map.get(name) ?? 0) + 1);
    for (const event of this.events) {
      if (event.type === "user_message") count(said, event.message_id);
      if (event.type === "session_start" || event.type === "step") {
        for (const id of event.message_ids ?? []) count(taken, id);
      }
      if (isTerminal(event)) count(ends, event.run_id ?? "");
    }
    for (const [id, times] of said) {
      if (times !== 1) this.#faults.add("DUPRUN", `message ${id} is ${times} times in the log`);
    }
    for (const [id, times] of taken) {
      if (times !== 1) this.#faults.add("DUPRUN", `message ${id} is taken ${times} times`);
    }
    for (const turn of this.view.turns) {
      const times = ends.get(turn.run_id) ?? 0;
      if (times !== 1) this.#faults.add("ENDS", `run ${turn.run_id} has ${times} ends`);
      const open = turn.items.some((item) => item.kind === "tool" && item.phase.state !== "ended");
      if (open) this.#faults.add("ENDS", `run ${turn.run_id} left a tool call open`);
    }
  }

  #checkTerms(terms: readonly (number | null)[]): void {
    const last = new Map<string, number>();
    for (const [index, { run_id, seq }] of this.events.entries()) {
      const term = terms[index] ?? null;
      if (term === null || run_id === undefined) continue;
      const before = last.get(run_id) ?? term;
      if (term < before) this.#faults.add("FENCE", `term ${term} after ${before} at ${seq} of run ${run_id}`);
      last.set(run_id, Math.max(term, before));
    }
  }
}

/** Names the text that a delta is a piece of. */
function blockKey(delta: Delta): string {
  return `${delta.type} ${blockOf(delta)}`;
}
