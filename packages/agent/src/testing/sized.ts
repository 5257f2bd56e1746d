import type { SizedMessage } from "../context-size.ts";
import type { ModelMessage } from "../messages.ts";

/** A conversation in short: `u` a user's message, `a` an answer, `c` an answer with a call, `t` its result, `s` a summary; and tokens. */
export function sized(...parts: readonly `${"u" | "a" | "c" | "t" | "s"}${number}`[]): SizedMessage[] {
  let id = 0;
  return parts.map((part, at) => {
    const tokens = Number(part.slice(1));
    if (part.startsWith("c")) id += 1;
    return {
      message: messageOf(part, `c${id}`, tokens),
      seq: at * 10 + 10,
      counted: null,
      summary: part[0] === "s",
      tokens,
    };
  });
}

function messageOf(part: string, id: string, tokens: number): ModelMessage {
  const content = "x".repeat(tokens * 4);
  switch (part[0]) {
    case "a":
      return { role: "assistant", content, tool_calls: [] };
    case "c":
      return { role: "assistant", content, tool_calls: [{ id, name: "echo", arguments: "{}" }] };
    case "t":
      return { role: "tool", tool_call_id: id, content };
    default:
      return { role: "user", content };
  }
}
