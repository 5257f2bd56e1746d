import type { Item } from "@millrace/protocol";

/** What an item is selected by, in the conversation and on the timeline: a call by its id, other items by their place. */
export function selectorOf(item: Item, run_id: string): string {
  return item.kind === "tool" ? item.tool_call_id : `${run_id} ${item.seq}`;
}
