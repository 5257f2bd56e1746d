import type { EmittedEvent } from "@millrace/protocol";
import type { RunAgentInput } from "./input.ts";

/** Where a run's events leave. Knows which tool calls were announced and have no result yet. */
export class Outbox {
  /** `tool_call_id` → name. */
  readonly open: Map<string, string> = new Map();
  readonly #emit: RunAgentInput["emit"];
  readonly #lost = new AbortController();

  constructor(emit: RunAgentInput["emit"]) {
    this.#emit = emit;
  }

  /** Aborts when an event could not be emitted: the run is no longer this one's to write. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Emits; throws or rejects only when {@link lost}. Wait for the promise, where there is one. */
  put(event: EmittedEvent): void | Promise<void> {
    this.#lost.signal.throwIfAborted();
    if (event.type === "tool_call" || event.type === "tool_call_delta") {
      if (!this.open.has(event.tool_call_id)) this.open.set(event.tool_call_id, event.tool_name);
    } else if (event.type === "tool_result") {
      this.open.delete(event.tool_call_id);
    }
    try {
      const waiting = this.#emit(event);
      return waiting === undefined ? undefined : waiting.catch(this.#lose);
    } catch (error) {
      this.#lose(error);
    }
  }

  /** Emits them one after another, each when the one before it is taken. */
  async putAll(events: readonly EmittedEvent[]): Promise<void> {
    for (const event of events) {
      const stored = this.put(event);
      if (stored !== undefined) await stored;
    }
  }

  #lose = (error: unknown): never => {
    this.#lost.abort(error);
    throw error;
  };
}
