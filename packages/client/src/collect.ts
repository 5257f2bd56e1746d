import { addUsage, type Event, type EventOf, fromOf, Merger, NO_USAGE, type Usage } from "@millrace/protocol/fold";
import type { StreamChunk } from "./chunk.ts";

export interface RunToolCall {
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Null where the run ended without one. */
  readonly result: EventOf<"tool_result"> | null;
}

/** What a run's chunks add up to. */
export interface RunResult {
  /** What the deltas add up to: the answer of the last step or, where the run did not get to one, of all its steps. */
  readonly text: string;
  /** The same as the end of the run says it; null where that was an `error` or did not come. */
  readonly final: string | null;
  /** Whether nothing was lost or came twice: `text` is `final`. */
  readonly matches: boolean;
  readonly session_id: string;
  /** Empty where no run took the message. */
  readonly run_id: string;
  readonly steps: number;
  /** As the end of the run says it; of a run that failed, the sum of what its model calls told. */
  readonly usage: Usage;
  readonly cost?: number;
  /** `completed`, `length`, `content_filter`; `cancelled`; or an error's reason: `model_error`, `max_steps_reached`, …; `incomplete` where no end came */
  readonly reason: string;
  /** Set where the run ended with one. */
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
  readonly tool_calls: readonly RunToolCall[];
  /** All chunks, neighbouring deltas merged; what a `retry` made void is still among them. */
  readonly events: readonly StreamChunk[];
}

type End = EventOf<"done" | "cancelled" | "error">;

/** Reads a stream to its end. Throws what the stream throws; a run that failed is a result with `error`. */
export async function collect(chunks: AsyncIterable<StreamChunk>): Promise<RunResult> {
  const collector = new Collector();
  for await (const chunk of chunks) collector.add(chunk);
  return collector.result();
}

class Collector {
  readonly #merger = new Merger();
  /** The text of each step, as pieces that a retry may still make void. */
  #steps: { seq: number; content: string }[][] = [[]];
  #calls: { seq: number; call: EventOf<"tool_call">; result: EventOf<"tool_result"> | null }[] = [];
  #session_id = "";
  #run_id = "";
  #step = 0;
  #spent: Usage = NO_USAGE;
  #end: End | null = null;

  add(chunk: StreamChunk): void {
    this.#merger.push(chunk as Event);
    this.#session_id ||= chunk.session_id;
    this.#run_id ||= chunk.run_id ?? "";
    switch (chunk.type) {
      case "step":
        this.#step = chunk.step;
        this.#steps.push([]);
        break;
      case "text_delta":
        this.#steps.at(-1)?.push({ seq: fromOf(chunk), content: chunk.content });
        break;
      case "tool_call":
        this.#calls.push({ seq: chunk.seq, call: chunk, result: null });
        break;
      case "tool_result":
        this.#answer(chunk);
        this.#spend(chunk.usage);
        break;
      case "agent_output":
      case "compact":
        this.#spend(chunk.usage);
        break;
      case "retry":
        this.#void(chunk.discard_from);
        break;
      case "done":
      case "cancelled":
      case "error":
        this.#end = chunk;
    }
  }

  result(): RunResult {
    const end = this.#end;
    const said = this.#steps.map((pieces) => pieces.map(({ content }) => content).join(""));
    const text = end?.type === "done" ? (said.at(-1) ?? "") : said.filter((step) => step !== "").join("\n\n");
    const final = end === null || end.type === "error" ? null : end.content;
    const failed = end?.type === "error" ? end : null;
    return {
      text,
      final,
      matches: text === final,
      session_id: this.#session_id,
      run_id: this.#run_id,
      steps: end !== null && "steps" in end ? end.steps : this.#step,
      usage: end !== null && "usage" in end ? end.usage : this.#spent,
      ...(end?.type === "done" && end.cost !== undefined && { cost: end.cost }),
      reason: reasonOf(end),
      error: failed && { code: failed.code, message: failed.message, retryable: failed.retryable },
      tool_calls: this.#calls.map(({ call: { tool_call_id, tool_name, args }, result }) => ({
        tool_call_id,
        tool_name,
        args,
        result,
      })),
      events: this.#merger.take(),
    };
  }

  #spend(usage: Usage | null | undefined): void {
    if (usage) this.#spent = addUsage(this.#spent, usage);
  }

  #answer(result: EventOf<"tool_result">): void {
    const call = this.#calls.findLast(({ call }) => call.tool_call_id === result.tool_call_id);
    if (call !== undefined) call.result = result;
  }

  #void(discard_from: number): void {
    this.#steps = this.#steps.map((pieces) => pieces.filter(({ seq }) => seq < discard_from));
    this.#calls = this.#calls.filter(({ seq }) => seq < discard_from);
  }
}

function reasonOf(end: End | null): string {
  if (end === null) return "incomplete";
  return end.type === "cancelled" ? "cancelled" : end.reason;
}
