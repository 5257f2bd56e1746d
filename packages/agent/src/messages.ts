import type { Item, ToolItem, Turn, View } from "@millrace/protocol";

/** A conversation as any chat model understands it. */
export type ModelMessage = UserModelMessage | AssistantModelMessage | ToolModelMessage;

export interface UserModelMessage {
  readonly role: "user";
  readonly content: string;
}

/** Has text, calls or both, never neither. */
export interface AssistantModelMessage {
  readonly role: "assistant";
  readonly content: string;
  readonly tool_calls: readonly ModelToolCall[];
}

export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text of an object. */
  readonly arguments: string;
}

/** Answers one call of the assistant message before it; results are in the order of the calls. */
export interface ToolModelMessage {
  readonly role: "tool";
  readonly tool_call_id: string;
  readonly content: string;
}

export const NO_RESULT = "There is no result of this call.";

const converted = new WeakMap<Turn, readonly ModelMessage[]>();

/** The messages of a whole view. Turns are converted once, as long as they do not change. */
export function toMessages(view: View): ModelMessage[] {
  return view.turns.flatMap((turn) => turnMessages(turn));
}

/** The messages of one turn: valid for a strict endpoint, also where the run failed or is still open. */
export function turnMessages(turn: Turn): readonly ModelMessage[] {
  const known = converted.get(turn);
  if (known !== undefined) return known;
  const made = itemMessages(turn.items);
  converted.set(turn, made);
  return made;
}

/** The messages of a run's items; `results` are those that came after the items were folded. */
export function itemMessages(
  items: readonly Item[],
  results: ReadonlyMap<string, string> = new Map(),
): readonly ModelMessage[] {
  const messages: ModelMessage[] = [];
  let text = "";
  let calls: ToolItem[] = [];
  const flush = (): void => {
    const called = calls.map(({ tool_call_id, tool_name, args }) => modelCall(tool_call_id, tool_name, args ?? {}));
    const said = assistantMessage(text, called);
    if (said !== null) messages.push(said);
    for (const { tool_call_id, phase } of calls) {
      const result = phase.state === "ended" ? phase.content : results.get(tool_call_id);
      messages.push(toolMessage(tool_call_id, result ?? NO_RESULT));
    }
    text = "";
    calls = [];
  };
  for (const item of items) {
    if (item.kind === "message") {
      flush();
      messages.push({ role: "user", content: item.message.content });
    } else if (item.kind === "step") {
      flush();
    } else if (item.kind === "text") {
      text += item.content;
    } else if (item.kind === "tool" && item.args !== null && item.parent_tool_call_id === null) {
      calls.push(item);
    }
  }
  flush();
  return messages;
}

/** What the assistant said in one step; null where it said nothing. */
export function assistantMessage(text: string, tool_calls: readonly ModelToolCall[]): AssistantModelMessage | null {
  if (text.trim() === "" && tool_calls.length === 0) return null;
  return { role: "assistant", content: text, tool_calls };
}

export function modelCall(id: string, name: string, args: Readonly<Record<string, unknown>>): ModelToolCall {
  // The model may have made up a name that an endpoint would refuse to read back.
  return { id, name: name.replace(/[^\w.-]/g, "_").slice(0, 64) || "unknown", arguments: JSON.stringify(args) };
}

export function toolMessage(tool_call_id: string, content: string): ToolModelMessage {
  // An empty tool message is refused by some endpoints.
  return { role: "tool", tool_call_id, content: content === "" ? "(no output)" : content };
}
