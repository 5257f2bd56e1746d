import { answer } from "./answer.ts";

const USAGE = { input_tokens: 900, output_tokens: 120, total_tokens: 1_020 };
const AT = Date.UTC(2026, 0, 1);

export interface ConversationShape {
  readonly title: string;
  /** Messages, half of them answers. */
  readonly messages: number;
  /** Characters of an answer, about. */
  readonly characters: number;
}

/** What the last answer of a conversation ends with. */
export const lastWordsOf = ({ messages }: ConversationShape): string => `Answer ${messages / 2}.`;

/** Puts a conversation into a gateway, as an export is brought back. */
export async function seedConversation(url: string, shape: ConversationShape): Promise<void> {
  const response = await fetch(`${url}/api/v1/sessions/import`, {
    method: "POST",
    headers: { "Content-Type": "application/x-ndjson" },
    body: exported(shape),
  });
  if (!response.ok) throw new Error(`the import was refused: ${await response.text()}`);
}

function exported({ title, messages, characters }: ConversationShape): string {
  const words = answer(characters);
  const bodies = Array.from({ length: messages / 2 }, (_, index) => turn(index + 1, words)).flat();
  const events = bodies.map((body, index) => ({ v: 1, session_id: "seed", seq: index + 1, ts: AT + index, ...body }));
  const times = { created_at: AT, exported_at: AT };
  const header = { millrace_export: 1, session_id: "seed", epoch: "e", title, model: "demo", head: events.length };
  return [{ ...header, ...times }, ...events].map((line) => `${JSON.stringify(line)}\n`).join("");
}

function turn(number: number, words: string): object[] {
  const run_id = `run-${number}`;
  const message_id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const content = `${words}\n\nAnswer ${number}.`;
  const pieces = content.match(/[\s\S]{1,20000}/g) ?? [];
  const limits = { max_steps: 50, token_limit: 120_000 };
  return [
    { type: "user_message", message_id, content: `Question ${number}?`, mode: "queue" },
    {
      ...{ type: "session_start", run_id, message_ids: [message_id], model: "demo", agent: "default", tools: [] },
      ...limits,
    },
    { type: "step", run_id, step: 1, tokens: 900, ...limits },
    ...pieces.map((piece, index) => ({
      ...{ type: "text_delta", run_id, block_id: "1.0", offset: index * 20_000, content: piece },
    })),
    {
      ...{ type: "agent_output", run_id, step: 1, finish_reason: "stop", usage: USAGE },
      ...{ text_length: content.length, tool_call_ids: [] },
    },
    { type: "done", run_id, content, steps: 1, reason: "completed", usage: USAGE },
  ];
}
