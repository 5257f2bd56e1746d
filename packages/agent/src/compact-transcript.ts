import type { SizedMessage } from "./context-size.ts";
import { cutText } from "./cut-text.ts";
import type { ModelMessage } from "./messages.ts";

/** Messages get no less room than this; where there are too many for it, the oldest are left out. Tokens. */
const LEAST = 30;

/** What is said of a piece that was cut. Tokens. */
const NOTE = 10;

/** A conversation as a text of about `budget` tokens at most. The longest messages are cut first, in their middle. */
export function transcript(messages: readonly SizedMessage[], budget: number): string {
  const most = Math.max(1, Math.floor(budget / LEAST));
  const left_out = Math.max(0, messages.length - most);
  const kept = messages.slice(left_out);
  const share = shareOf(
    kept.map(({ tokens }) => tokens),
    budget,
  );
  const texts = kept.map(({ message, tokens }) => {
    const text = textOf(message);
    return tokens <= share ? text : cutMiddle(text, (text.length * Math.max(1, share - NOTE)) / tokens);
  });
  return [...(left_out > 0 ? [`[${left_out} earlier messages left out]`] : []), ...texts].join("\n\n");
}

/** The most that each may have so that all fit. */
function shareOf(sizes: readonly number[], budget: number): number {
  let left = budget;
  for (const [at, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const share = left / (sizes.length - at);
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

function cutMiddle(text: string, length: number): string {
  const head = cutText(text, Math.ceil((length * 2) / 3));
  const tail = text.slice(text.length - Math.floor(length / 3));
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out …]\n${tail}`.toWellFormed();
}

function textOf(message: ModelMessage): string {
  switch (message.role) {
    case "user":
      return ["[user]", message.content, ...(message.images ?? []).map(({ name }) => `[image ${name}]`)].join("\n");
    case "tool":
      return `[result of ${message.tool_call_id}]\n${message.content}`;
    case "assistant": {
      const calls = message.tool_calls.map((call) => `[call ${call.id} of ${call.name}]\n${call.arguments}`);
      return ["[assistant]", ...(message.content === "" ? [] : [message.content]), ...calls].join("\n");
    }
  }
}
