import { type EmittedEvent, type Event, emptyView, fold, type View } from "@millrace/protocol";
import type { RunAgentInput } from "../input.ts";
import type { ModelChunk, ModelPort, ModelRequest } from "../model-port.ts";

export const RUN_ID = "run-1";

/** A session's log in memory: gives a run's events their places, as a session would. */
export class TestLog {
  readonly events: Event[] = [];

  /** A log whose only run is about to begin. */
  static begun(message = "hello"): TestLog {
    const log = new TestLog();
    log.add({ type: "user_message", message_id: "m1", content: message, mode: "queue" });
    log.start(["m1"]);
    return log;
  }

  start(message_ids: string[], run_id: string = RUN_ID): void {
    const fields = { model: "fake", agent: "default", max_steps: 50, token_limit: 1000, tools: [] };
    this.add({ type: "session_start", message_ids, ...fields }, run_id);
  }

  add(event: EmittedEvent, run_id?: string): void {
    const seq = this.events.length + 1;
    const placed = { v: 1, session_id: "s1", seq, ts: 1000 + seq, ...(run_id !== undefined && { run_id }) };
    this.events.push({ ...event, ...placed } as Event);
  }

  get view(): View {
    return fold(emptyView(), this.events);
  }

  /** Position of the last `step`. */
  stepStart(): number {
    return this.events.findLast((event) => event.type === "step")?.seq ?? 0;
  }

  /** The run's own events, without their envelopes. */
  emitted(from = 0): EmittedEvent[] {
    return this.events
      .slice(from)
      .filter((event) => event.run_id !== undefined && event.type !== "session_start")
      .map(({ v: _, session_id: __, run_id: ___, seq: ____, ts: _____, ...event }) => event as EmittedEvent);
  }

  types(from = 0): string[] {
    return this.emitted(from).map(({ type }) => type);
  }

  /** An input that writes into this log, with what the test changes. */
  input(model: ModelPort, change: Partial<RunAgentInput> = {}): RunAgentInput {
    let ids = this.events.length * 1000;
    return {
      history: this.view,
      run_id: RUN_ID,
      model,
      tools: [],
      options: { max_steps: 10, token_limit: 1000 },
      emit: (event) => this.add(event, RUN_ID),
      view: () => this.view,
      steered: () => [],
      signal: new AbortController().signal,
      clock: { now: () => 5000, sleep: async () => {} },
      random: () => 0,
      ids: () => `id-${++ids}`,
      ...change,
    };
  }
}

export type Reply = readonly (ModelChunk | readonly ModelChunk[] | Error | "hang")[];

/** A model that gives its replies in order, the last one for ever. An Error is thrown, "hang" waits for the stop. */
export class FakeModel implements ModelPort {
  readonly id = "fake";
  readonly requests: ModelRequest[] = [];
  readonly #replies: readonly Reply[];

  constructor(...replies: readonly Reply[]) {
    this.#replies = replies;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<readonly ModelChunk[]> {
    const reply = this.#replies[Math.min(this.requests.length, this.#replies.length - 1)] ?? [];
    this.requests.push({ ...request, messages: [...request.messages] });
    for (const part of reply) {
      if (part instanceof Error) throw part;
      if (part === "hang")
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      else yield "type" in part ? [part] : part;
    }
  }
}

export const text = (value: string): ModelChunk => ({ type: "text", text: value });
export const reasoning = (value: string): ModelChunk => ({ type: "reasoning", text: value });
export const finish = (reason: string): ModelChunk => ({ type: "finish", reason });
export const call = (index: number, id: string, name: string, args: string): ModelChunk => ({
  type: "tool_call",
  index,
  id,
  name,
  arguments: args,
});
export const USAGE = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
