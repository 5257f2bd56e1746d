import { type ModelChunk, ModelError, type ModelPort, type ModelRequest } from "@millrace/agent";
import type { Usage } from "@millrace/protocol";
import { type Attributes, type Context, SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";

/** A `chat` span around every request to a model: what was used and how it ended, never what was said. */
export function tracedModel(port: ModelPort, tracer: Tracer, parent: Context, attributes: Attributes): ModelPort {
  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<readonly ModelChunk[]> {
    const began = performance.now();
    const span = tracer.startSpan(
      `chat ${port.id}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          ...attributes,
          "gen_ai.operation.name": "chat",
          "gen_ai.request.model": port.id,
          "gen_ai.request.stream": true,
        },
      },
      parent,
    );
    let waiting = true;
    let finish_reason: string | null = null;
    let usage: Usage | null = null;
    try {
      for await (const chunks of port.stream(request, signal)) {
        if (waiting) {
          waiting = false;
          span.setAttribute("gen_ai.response.time_to_first_chunk", (performance.now() - began) / 1_000);
        }
        for (const chunk of chunks) {
          if (chunk.type === "finish") finish_reason = chunk.reason;
          else if (chunk.type === "usage") usage = chunk.usage;
        }
        yield chunks;
      }
    } catch (error) {
      span.setAttribute(
        "error.type",
        signal.aborted ? "cancelled" : error instanceof ModelError ? error.code : "internal",
      );
      if (!signal.aborted) span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      if (finish_reason !== null) span.setAttribute("gen_ai.response.finish_reasons", [finish_reason]);
      if (usage !== null) span.setAttributes(usageAttributes(usage));
      span.end();
    }
  }

  return { id: port.id, stream };
}

export function usageAttributes({ input_tokens, output_tokens, cached_tokens, reasoning_tokens }: Usage): Attributes {
  return {
    "gen_ai.usage.input_tokens": input_tokens,
    "gen_ai.usage.output_tokens": output_tokens,
    ...(cached_tokens === undefined ? {} : { "gen_ai.usage.cache_read.input_tokens": cached_tokens }),
    ...(reasoning_tokens === undefined ? {} : { "gen_ai.usage.reasoning.output_tokens": reasoning_tokens }),
  };
}
