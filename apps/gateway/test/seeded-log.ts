import { randomUUID } from "node:crypto";
import { type NewEvent, settle } from "@millrace/protocol";
import { type Append, eventOf, type Row, rowOfEvent, SqliteStore } from "@millrace/store";

export interface SeededRuns {
  readonly runs: number;
  /** Deltas of each run's answer. */
  readonly deltas: number;
  /** The last run has no end. */
  readonly open?: boolean;
}

const BATCH = 5_000;
const PIECE = "twenty characters of ";
const USAGE = { input_tokens: 10, output_tokens: 20, total_tokens: 30 };

/** Events of one run with a tool call: seven, its message, and the deltas. */
export function* runEvents(run: number, deltas: number, ended = true): Generator<NewEvent> {
  const ts = 1_700_000_000_000 + run * 1_000;
  const run_id = `run${run}`;
  const message_id = randomUUID();
  const tool = { tool_call_id: `call${run}`, tool_name: "current_time" };
  yield { type: "user_message", ts, message_id, content: `Question ${run}`, mode: "queue" };
  yield {
    type: "session_start",
    ts,
    run_id,
    message_ids: [message_id],
    model: "scripted",
    agent: "default",
    max_steps: 50,
    token_limit: 100_000,
    tools: [],
  };
  yield { type: "step", ts, run_id, step: 1, max_steps: 50, tokens: 10, token_limit: 100_000 };
  yield { type: "tool_call", ts, run_id, ...tool, args: { timezone: "UTC" } };
  yield {
    type: "agent_output",
    ts,
    run_id,
    step: 1,
    finish_reason: "tool_calls",
    usage: USAGE,
    text_length: 0,
    tool_call_ids: [tool.tool_call_id],
  };
  yield { type: "tool_start", ts, run_id, tool_call_id: tool.tool_call_id };
  const result = { outcome: "completed", success: true, content: "noon", error: null, execution_time: 0 } as const;
  yield { type: "tool_result", ts, run_id, ...tool, ...result };
  yield { type: "step", ts, run_id, step: 2, max_steps: 50, tokens: 10, token_limit: 100_000 };
  for (let index = 0; index < deltas; index += 1)
    yield { type: "text_delta", ts, run_id, block_id: "b", offset: index * PIECE.length, content: PIECE };
  if (!ended) return;
  const content = PIECE.repeat(deltas);
  const output = { step: 2, finish_reason: "stop", usage: USAGE, text_length: content.length, tool_call_ids: [] };
  yield { type: "agent_output", ts, run_id, ...output };
  yield { type: "done", ts, run_id, content, steps: 2, reason: "completed", usage: USAGE };
}

/** Writes sessions of the local user into a folder, settled as a gateway leaves them. @returns the heads */
export async function seed(folder: string, sessions: Readonly<Record<string, SeededRuns>>): Promise<number[]> {
  const store = new SqliteStore(folder);
  const heads = new Map<string, number>();
  let batch: Append[] = [];
  let waiting = 0;
  const flush = async (): Promise<void> => {
    await store.append(batch);
    const settled = batch.map(async ({ session_id, entries }) => {
      const head = heads.get(session_id) ?? 0;
      heads.set(session_id, head + entries.length);
      const rows: Row[] = [];
      while (rows.length < entries.length)
        rows.push(...(await store.read(session_id, rows.at(-1)?.seq ?? head, entries.length)));
      await store.settle(session_id, settle(rows.map((row) => eventOf(session_id, row))).map(rowOfEvent));
    });
    await Promise.all(settled);
    batch = [];
    waiting = 0;
  };
  for (const [session_id, { runs, deltas, open = false }] of Object.entries(sessions)) {
    const create = { user_id: "local", title: session_id, epoch: randomUUID(), created_at: 1_700_000_000_000 };
    const summary = open ? { summary: { status: "running" } as const } : {};
    let entries: { event: NewEvent }[] = [];
    batch.push({ session_id, create, entries, ...summary });
    for (let run = 0; run < runs; run += 1) {
      for (const event of runEvents(run, deltas, !(open && run === runs - 1))) {
        entries.push({ event });
        waiting += 1;
      }
      if (waiting < BATCH) continue;
      await flush();
      entries = [];
      batch.push({ session_id, entries });
    }
  }
  await flush();
  await store.close();
  return [...heads.values()];
}
