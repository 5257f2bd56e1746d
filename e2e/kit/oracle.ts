import { blockOf, type Event, emptyView, fold, isDelta, isTerminal, type View } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import type { Viewer } from "./viewer.ts";

/** What the log of one session holds once everything is quiet, and whether it is sound in itself. */
export class LogLedger {
  readonly events: readonly Event[];
  readonly view: View;
  readonly faults: string[] = [];
  readonly #bySeq = new Map<number, Event>();
  readonly #texts = new Map<string, string>();

  constructor(events: readonly Event[]) {
    this.events = events;
    this.view = fold(emptyView(), events);
    this.faults.push(...brokenRules(events).map((rule) => `the log breaks ${rule}`));
    for (const event of events) {
      if (isDelta(event)) this.#addText(event);
      else this.#bySeq.set(event.seq, event);
    }
    this.#checkRuns();
  }

  /** LOST, GHOST, CONFLICT, and what the viewer itself found. */
  check(viewer: Viewer): string[] {
    const faults = [...viewer.faults];
    if (viewer.resets > 0) faults.push(`${viewer.resets} resets without a new history`);
    for (const event of viewer.events) {
      if (event.seq > this.view.seq) faults.push(`GHOST: ${event.type} ${event.seq} beyond the head ${this.view.seq}`);
      else if (isDelta(event)) {
        const stored = this.#texts.get(key(event))?.slice(event.offset, event.offset + event.content.length);
        if (stored !== event.content) faults.push(`GHOST: text of ${key(event)} at ${event.offset}`);
      } else if (JSON.stringify(this.#bySeq.get(event.seq)) !== JSON.stringify(event)) {
        faults.push(`CONFLICT: ${event.type} at ${event.seq}`);
      }
    }
    if (JSON.stringify(viewer.view) !== JSON.stringify(this.view)) {
      faults.push(`LOST: the view at ${viewer.view.seq} is not the fold of the log at ${this.view.seq}`);
    }
    return faults;
  }

  #addText(event: Event & { offset: number; content: string }): void {
    if (!isDelta(event)) return;
    const text = this.#texts.get(key(event)) ?? "";
    if (event.offset !== text.length)
      this.faults.push(`LOST: ${key(event)} continues at ${event.offset} of ${text.length}`);
    this.#texts.set(key(event), text.slice(0, event.offset) + event.content);
  }

  #checkRuns(): void {
    const ends = new Map<string, number>();
    const taken = new Map<string, number>();
    const said = new Map<string, number>();
    const count = (map: Map<string, number>, name: string): void => void map.set(name, (map.get(name) ?? 0) + 1);
    for (const event of this.events) {
      if (event.type === "user_message") count(said, event.message_id);
      if (event.type === "session_start") for (const id of event.message_ids) count(taken, id);
      if (isTerminal(event)) count(ends, event.run_id ?? "");
    }
    for (const [id, times] of said)
      if (times !== 1) this.faults.push(`DUPRUN: message ${id} is ${times} times in the log`);
    for (const [id, times] of taken) if (times !== 1) this.faults.push(`DUPRUN: message ${id} taken by ${times} runs`);
    for (const turn of this.view.turns) {
      const times = ends.get(turn.run_id) ?? 0;
      if (times !== 1) this.faults.push(`ENDS: run ${turn.run_id} has ${times} ends`);
      const open = turn.items.some((item) => item.kind === "tool" && item.phase.state !== "ended");
      if (open) this.faults.push(`ENDS: run ${turn.run_id} left a tool call open`);
    }
  }
}

function key(event: Event): string {
  return isDelta(event) ? `${event.type} ${blockOf(event)}` : "";
}
