import type { ModelChunk, ModelMessage, ModelPort, ModelRequest, ModelTool } from "@millrace/agent";

/** A line of the log file, before it has its time. */
export type LogLine = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface ModelLog {
  readonly write: (line: LogLine) => void;
  /** Of a request: each has its own in its run. */
  readonly number: () => number;
}

/**
 * Writes down what a model is asked (`agent_input`) and what it answers (`agent_answer`, or `agent_failure`), around
 * every request. What an earlier line of the same model's holds is not repeated: `messages` follow after the first
 * `same_messages` of the request before, and `tools` and `system` stand only where they changed.
 */
export function loggedModel(port: ModelPort, { write, number }: ModelLog): ModelPort {
  let before: ModelRequest | null = null;

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<readonly ModelChunk[]> {
    const call = number();
    write({ type: "agent_input", model: port.id, call, ...inputOf(request, before) });
    // A conversation grows in place.
    before = { ...request, messages: [...request.messages] };
    const answer = new Answer();
    let ending: LogLine = { type: "agent_answer" };
    try {
      for await (const chunks of port.stream(request, signal)) {
        answer.add(chunks);
        yield chunks;
      }
    } catch (error) {
      ending = { type: "agent_failure", ...failureOf(error) };
      throw error;
    } finally {
      write({ ...ending, model: port.id, call, aborted: signal.aborted, ...answer.parts });
    }
  }

  return { id: port.id, stream };
}

function inputOf(request: ModelRequest, before: ModelRequest | null): Record<string, unknown> {
  const { system, messages, tools, thinking } = request;
  const same = before === null ? 0 : sameBeginning(messages, before.messages);
  return {
    thinking,
    ...(system === before?.system ? {} : { system }),
    ...(before !== null && sameTools(tools, before.tools) ? {} : { tools }),
    same_messages: same,
    messages: messages.slice(same),
  };
}

function sameBeginning(messages: readonly ModelMessage[], before: readonly ModelMessage[]): number {
  const end = messages.findIndex((message, index) => message !== before[index]);
  return end === -1 ? messages.length : end;
}

function sameTools(tools: readonly ModelTool[], before: readonly ModelTool[]): boolean {
  return tools.length === before.length && tools.every((tool, index) => tool === before[index]);
}

function failureOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return { ...("code" in error ? { code: error.code } : {}), message: error.message };
}

/** What the chunks of an answer add up to, as they came: calls in pieces stay in pieces where they carry no number. */
class Answer {
  #text = "";
  #reasoning = "";
  #calls: { index: number | undefined; id: string; name: string; arguments: string }[] = [];
  #finish_reason: string | null = null;
  #usage: unknown = null;

  get parts(): Record<string, unknown> {
    return {
      text: this.#text,
      ...(this.#reasoning === "" ? {} : { reasoning: this.#reasoning }),
      ...(this.#calls.length === 0 ? {} : { tool_calls: this.#calls }),
      finish_reason: this.#finish_reason,
      usage: this.#usage,
    };
  }

  add(chunks: readonly ModelChunk[]): void {
    for (const chunk of chunks) {
      switch (chunk.type) {
        case "text":
        case "refusal":
          this.#text += chunk.text;
          break;
        case "reasoning":
          this.#reasoning += chunk.text;
          break;
        case "tool_call": {
          const { index, id = "", name = "", arguments: args = "" } = chunk;
          const last = this.#calls.at(-1);
          const goesOn = last !== undefined && last.index === index && (id === "" || id === last.id) && name === "";
          if (goesOn) last.arguments += args;
          else this.#calls.push({ index, id, name, arguments: args });
          break;
        }
        case "finish":
          this.#finish_reason = chunk.reason;
          break;
        case "usage":
          this.#usage = chunk.usage;
          break;
      }
    }
  }
}
