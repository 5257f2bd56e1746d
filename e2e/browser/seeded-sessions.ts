import type { Event } from "@millrace/protocol";
import { asFile, type Body, exported, logOf } from "./replay-files.ts";

const usage = { input_tokens: 900, output_tokens: 120, total_tokens: 1_020 };
const CODE =
  "```ts\nexport function settle(events: readonly Event[]): Event[] {\n  return events.filter(isPlaced);\n}\n```";
const TABLE = "| part | bytes | share |\n| --- | ---: | ---: |\n| log | 12,400 | 61 % |\n| index | 7,900 | 39 % |";

/** One question and its answer; each fourth with a call, each third with code, each fifth with a table. */
function turn(number: number): Body[] {
  const run = `run-${number}`;
  const message_id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const at = number * 60;
  const call = { tool_call_id: `call-${number}`, tool_name: "bash" };
  const answer = [
    `Answer ${number}. The log of a session is one list of events, and **every viewer** folds the same list, so that \`seq\` alone says what is missing.`,
    ...(number % 3 === 0 ? [CODE] : []),
    ...(number % 5 === 0 ? [TABLE] : []),
    "- stored before it is shown\n- never sent twice\n- never out of order",
  ].join("\n\n");
  const tool: Body[] =
    number % 4 === 0
      ? [
          { at: at + 1.2, run, type: "tool_call", ...call, args: { command: `wc -l src/part-${number}.ts` } },
          { at: at + 1.3, run, type: "tool_start", tool_call_id: call.tool_call_id },
          {
            at: at + 1.6,
            run,
            type: "tool_result",
            ...call,
            outcome: "completed",
            success: true,
            content: `${number} src/part-${number}.ts`,
            error: null,
            execution_time: 0.3,
          },
        ]
      : [];
  return [
    {
      at,
      run: null,
      type: "user_message",
      message_id,
      content: `Question ${number}: what does part ${number} do?`,
      mode: "queue",
    },
    {
      at: at + 0.1,
      run,
      type: "session_start",
      message_ids: [message_id],
      model: "demo",
      agent: "default",
      max_steps: 50,
      token_limit: 120_000,
      tools: ["bash"],
    },
    { at: at + 0.2, run, type: "step", step: 1, max_steps: 50, tokens: 900, token_limit: 120_000 },
    ...tool,
    { at: at + 2, run, type: "text_delta", block_id: "1.0", offset: 0, content: answer },
    {
      at: at + 3,
      run,
      type: "agent_output",
      step: 1,
      finish_reason: "stop",
      usage,
      text_length: answer.length,
      tool_call_ids: [],
    },
    { at: at + 3.1, run, type: "done", content: answer, steps: 1, reason: "completed", usage },
  ];
}

/** A conversation of so many messages, half of them answers. */
export function conversation(messages: number): Event[] {
  return logOf(Array.from({ length: messages / 2 }, (_, index) => turn(index + 1)).flat());
}

/** Puts a log into a gateway as a session; returns its id. */
export async function seed(url: string, events: readonly Event[], title: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/sessions/import`, {
    method: "POST",
    headers: { "Content-Type": "application/x-ndjson" },
    body: new Uint8Array(asFile(exported(events, title)).buffer),
  });
  const body = (await response.json()) as { session_id?: string };
  if (body.session_id === undefined) throw new Error(`The import was refused: ${JSON.stringify(body)}`);
  return body.session_id;
}
