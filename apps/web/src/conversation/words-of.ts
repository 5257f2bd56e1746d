import type { Item, ToolItem, Turn } from "@millrace/protocol";
import { outputOf } from "./call-state.ts";

/** Characters of a call that a search looks through. */
const MOST = 65_536;

/** All that a turn's drawing would show in words, and what is folded away in it. */
export function wordsOfTurn({ items }: Turn): string {
  return wordsOfItems(items);
}

export function wordsOfItems(items: readonly Item[]): string {
  return items
    .map(wordsOf)
    .filter((words) => words !== "")
    .join("\n");
}

/** A call's arguments and what it gave back. */
export function wordsOfCall(call: ToolItem): string {
  const args =
    call.args === null
      ? [call.args_text]
      : Object.entries(call.args).map(([name, value]) => `${name} ${asText(value)}`);
  return [call.tool_name, ...args, outputOf(call)].join("\n").slice(0, MOST);
}

function wordsOf(item: Item): string {
  switch (item.kind) {
    case "message":
      return item.message.content;
    case "text":
    case "compact":
      return withoutMarks(item.content);
    case "thinking":
      return item.content;
    case "tool":
      return wordsOfCall(item);
    default:
      return "";
  }
}

const asText = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** Roughly what Markdown is drawn as: enough for a phrase that is in part bold to be found. */
function withoutMarks(markdown: string): string {
  return markdown.replace(/!?\[([^\]]*)\]\([^)\s]*\)/g, "$1").replace(/\*\*|__|~~|`+|^#{1,6} |^> /gm, "");
}
