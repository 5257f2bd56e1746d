import type { AssistantModelMessage, ModelImage, ModelMessage, ModelToolCall } from "../messages.ts";

const NO_RESULT = "(no result)";

/**
 * A conversation as a model without tool calls reads it: calls are Thought, Action and Action Input of an assistant
 * message, their results the Observation of a user message. Calls that were made together come one after another.
 * Messages of one role never follow each other.
 */
export function reactMessages(messages: readonly ModelMessage[]): ModelMessage[] {
  const results = new Map<ModelToolCall, string>();
  let open: ModelToolCall[] = [];
  for (const message of messages) {
    if (message.role === "assistant") open = [...message.tool_calls];
    if (message.role !== "tool") continue;
    const call = open.find(({ id }) => id === message.tool_call_id);
    if (call === undefined) continue;
    open.splice(open.indexOf(call), 1);
    results.set(call, message.content);
  }
  const said: ModelMessage[] = [];
  for (const message of messages) {
    if (message.role === "user") add(said, "user", message.content, message.images);
    if (message.role === "assistant") addAssistant(said, message, results);
  }
  return said;
}

function addAssistant(
  said: ModelMessage[],
  { content, tool_calls }: AssistantModelMessage,
  results: ReadonlyMap<ModelToolCall, string>,
): void {
  if (tool_calls.length === 0) {
    add(said, "assistant", reactAnswer(content));
    return;
  }
  tool_calls.forEach((call, place) => {
    add(said, "assistant", reactCall(place === 0 ? content : "", call));
    add(said, "user", `Observation: ${results.get(call) ?? NO_RESULT}`);
  });
}

export function reactAnswer(text: string): string {
  return `Thought: I can answer now.\nAnswer: ${text.trim()}`;
}

export function reactCall(thought: string, { name, arguments: args }: Omit<ModelToolCall, "id">): string {
  return `Thought: ${thought.trim() || "I need to use a tool."}\nAction: ${name}\nAction Input: ${args}`;
}

function add(
  said: ModelMessage[],
  role: "user" | "assistant",
  content: string,
  images: readonly ModelImage[] = [],
): void {
  const last = said.at(-1);
  const before = last?.role === role ? (said.pop() as typeof last) : null;
  const joined = before === null ? content : `${before.content}\n\n${content}`;
  if (role === "assistant") said.push({ role, content: joined, tool_calls: [] });
  else {
    const all = [...(before?.role === "user" ? (before.images ?? []) : []), ...images];
    said.push({ role, content: joined, ...(all.length > 0 && { images: all }) });
  }
}
