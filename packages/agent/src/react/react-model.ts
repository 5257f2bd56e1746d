import type { ModelChunk, ModelPort, ModelRequest } from "../model-port.ts";
import { reactMessages } from "./react-messages.ts";
import { reactPrompt } from "./react-prompt.ts";
import { ReactText } from "./react-text.ts";

/** Reasons for which an answer ended that say more than that a call was made. */
const TELLING: ReadonlySet<string> = new Set(["length", "max_tokens", "content_filter", "error"]);

/**
 * A model without tool calls that behaves like one with them: tools, past calls and their results are told to it as
 * text, and what it writes is read back as reasoning, text and at most one call. Once a call is whole and the model
 * goes on, the answer of `inner` is closed.
 */
export function reactModel(inner: ModelPort): ModelPort {
  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<readonly ModelChunk[]> {
    let chunks: ModelChunk[] = [];
    let reason: string | null = null;
    const text = new ReactText(new Map(request.tools.map((tool) => [tool.name, tool])), (chunk) => chunks.push(chunk));
    const take = (): readonly ModelChunk[] => {
      const taken = chunks;
      chunks = [];
      return taken;
    };
    for await (const read of inner.stream(asText(request), signal)) {
      for (const chunk of read) {
        if (chunk.type === "text") text.push(chunk.text);
        else if (chunk.type === "finish") reason = chunk.reason;
        else if (chunk.type === "usage") chunks.push(chunk);
        else if (chunk.type !== "provider_data") text.pass(chunk);
      }
      if (chunks.length > 0) yield take();
      if (text.over) break;
    }
    const cutShort = text.over;
    text.end();
    if (text.called && (cutShort || reason === null || !TELLING.has(reason))) reason = "tool_calls";
    if (reason !== null) chunks.push({ type: "finish", reason });
    if (chunks.length > 0) yield take();
  }

  return { id: inner.id, stream };
}

function asText({ system, messages, tools, thinking }: ModelRequest): ModelRequest {
  return { system: reactPrompt(system, tools), messages: reactMessages(messages), tools: [], thinking };
}
