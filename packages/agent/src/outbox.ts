import type { EmittedEvent } from "@millrace/protocol";
import type { RunAgentInput } from "./input.ts";
import type { Spent } from "./spending.ts";
import { cancelled } from "./tool-result.ts";

/** A call that was announced and has no result yet. `nested`: a sub-agent made it. */
interface OpenCall {
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly nested: boolean;
  /** By its sub-agents, before the server died. */
  readonly spent?: Spent;
}

/** Where a run's events leave. Knows which tool calls are open. */
export class Outbox {
  /** By `tool_call_id`. */
  readonly open: Map<string, OpenCall> = new Map();
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
      const { tool_call_id, tool_name } = event;
      const nested = event.type === "tool_call" && event.parent_tool_call_id !== undefined;
      if (!this.open.has(tool_call_id)) this.open.set(tool_call_id, { tool_call_id, tool_name, nested });
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

  /** Closes the calls that are open, those of sub-agents before the calls that run them. */
  async closeAll(): Promise<void> {
    const open = [...this.open.values()];
    const inside = open.filter(({ nested }) => nested);
    const own = open.filter(({ nested }) => !nested);
    await this.putAll([...inside, ...own].map((call) => ({ ...cancelled(call), ...call.spent })));
  }

  /** Emits them one after another, each when the one before it is taken. */
  putAll(events: readonly EmittedEvent[]): void | Promise<void> {
    for (const [index, event] of events.entries()) {
      const stored = this.put(event);
      if (stored !== undefined) return stored.then(() => this.putAll(events.slice(index + 1)));
    }
  }

  #lose = (error: unknown): never => {
    this.#lost.abort(error);
    throw error;
  };
}
