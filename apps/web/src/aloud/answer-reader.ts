import type { Item, ToolOutcome, Turn } from "@millrace/protocol";
import { type Finished, finished } from "./finished.ts";

/** What is heard of a run while it works: finished parts of its answer, and its calls as they begin and end. */
export type Heard =
  | Finished
  | { readonly kind: "tool"; readonly tool_name: string; readonly how: "started" | ToolOutcome };

/** Follows turns as they grow and says each thing once. Forgets one run when it is given another. */
export class AnswerReader {
  #run_id: string | null = null;
  #items: readonly Item[] = [];
  readonly #read = new Map<string, number>();
  readonly #calls = new Map<string, "started" | "ended">();

  /** What is new in this turn since it was given last. */
  next(turn: Turn): readonly Heard[] {
    if (turn.run_id !== this.#run_id) this.#begin(turn.run_id);
    const before = this.#items;
    this.#items = turn.items;
    return turn.items.flatMap((item, index) => (item === before[index] ? [] : this.#of(item)));
  }

  follows({ run_id }: Turn): boolean {
    return run_id === this.#run_id;
  }

  /** Takes what is finished in a turn as heard. */
  skip(turn: Turn): void {
    this.next(turn);
  }

  #begin(run_id: string): void {
    this.#run_id = run_id;
    this.#items = [];
    this.#read.clear();
    this.#calls.clear();
  }

  #of(item: Item): readonly Heard[] {
    if (item.kind === "text") {
      const { parts, to } = finished(item.content, this.#read.get(item.block_id) ?? 0, item.ended_at !== null);
      this.#read.set(item.block_id, to);
      return parts;
    }
    // What a sub-agent calls is a part of the call that made it.
    if (item.kind !== "tool" || item.parent_tool_call_id !== null) return [];
    const { tool_call_id, tool_name, phase } = item;
    const said = this.#calls.get(tool_call_id);
    if (phase.state === "running" && said === undefined) {
      this.#calls.set(tool_call_id, "started");
      return [{ kind: "tool", tool_name, how: "started" }];
    }
    if (phase.state !== "ended" || said === "ended") return [];
    this.#calls.set(tool_call_id, "ended");
    return [{ kind: "tool", tool_name, how: phase.outcome }];
  }
}
