import type { Turn, View } from "@millrace/protocol";
import { ContextSize } from "./context-size.ts";
import { itemMessages, type ModelMessage, turnMessages } from "./messages.ts";
import type { ModelTool } from "./model-port.ts";
import { answeredItems } from "./take-up.ts";

/** What the model gets to read, as it grows during a run. */
export class Conversation {
  readonly messages: ModelMessage[] = [];
  readonly size: ContextSize;

  constructor(system: string | undefined, tools: readonly ModelTool[]) {
    this.size = new ContextSize((system ?? "").length + JSON.stringify(tools).length);
  }

  /** Takes in the turns before the open one, and what of that one counts; `results` came after it was folded. */
  recall(history: View, open: Turn, results: ReadonlyMap<string, string>): void {
    for (const turn of history.turns) {
      if (turn === open) continue;
      for (const message of turnMessages(turn)) this.add(message);
      const usage = turn.items.findLast((item) => item.kind === "step")?.output?.usage;
      if (usage) this.size.counted(usage);
    }
    for (const message of itemMessages(answeredItems(open), results)) this.add(message);
  }

  add(message: ModelMessage): void {
    this.messages.push(message);
    this.size.add(message);
  }
}
