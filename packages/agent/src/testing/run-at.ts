import type { EmittedEvent } from "@millrace/protocol";
import type { RunAgentInput } from "../input.ts";
import { type OpenAiModelOptions, openAiModel } from "../model/openai-model.ts";
import { runAgent } from "../run-agent.ts";
import { TestLog } from "./test-log.ts";

/** The key of {@link runAt}, which must appear nowhere. */
export const KEY = "sk-secret-1234567890";

export interface Ran {
  readonly log: TestLog;
  readonly end: EmittedEvent;
  readonly retries: readonly Extract<EmittedEvent, { type: "retry" }>[];
  /** What the clock was asked to wait; it gave one turn of the event loop. Milliseconds. */
  readonly waits: readonly number[];
}

/** A run whose model is at this address. */
export async function runAt(
  base_url: string,
  options: Partial<OpenAiModelOptions> = {},
  change: Partial<RunAgentInput> = {},
): Promise<Ran> {
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
    await new Promise(setImmediate);
  };
  const log = TestLog.begun();
  const model = openAiModel({ base_url, api_key: KEY, model: "m", ...options });
  // The log's times are not this clock's.
  const limits = { time_limit: Number.POSITIVE_INFINITY };
  await runAgent(log.input(model, { clock: { now: Date.now, sleep }, limits, ...change }));
  const retries = log.emitted().filter((event) => event.type === "retry");
  return { log, end: log.emitted().at(-1)!, retries, waits };
}

/** What is to be read of a kind in the end. */
export function shown({ log }: Ran, kind: "text" | "thinking"): string {
  const items = log.view.turns[0]!.items;
  return items.map((item) => (item.kind === kind && "content" in item ? item.content : "")).join("");
}
