import type { ModelMessage } from "../messages.ts";

/**
 * What a strict endpoint would refuse in a conversation: it begins with the user, every call is answered right behind
 * the message that made it, in order, and nothing is empty.
 */
export function invalidMessages(messages: readonly ModelMessage[]): string[] {
  const found: string[] = [];
  let expected: string[] = [];
  if (messages[0] !== undefined && messages[0].role !== "user") found.push(`it begins with ${messages[0].role}`);
  for (const message of messages) {
    if (message.role === "tool") {
      if (expected.shift() !== message.tool_call_id) found.push(`${message.tool_call_id} is out of place`);
      if (message.content === "") found.push("an empty result");
      continue;
    }
    if (expected.length > 0) found.push(`${expected} not answered`);
    expected = [];
    if (message.role === "user") continue;
    if (message.content.trim() === "" && message.tool_calls.length === 0) found.push("an empty message");
    for (const call of message.tool_calls) JSON.parse(call.arguments);
    expected = message.tool_calls.map(({ id }) => id);
  }
  if (expected.length > 0) found.push(`${expected} not answered`);
  return found;
}
