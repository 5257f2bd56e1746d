import { type ModelChunk, ModelError, type ModelPort } from "@millrace/agent";
import type { Usage } from "@millrace/protocol";
import { type Attributes, type Context, type Span, SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";

/**
 * A `chat` span around every request to a model: what was used and how it ended, never what was said. What the port
 * yields is passed on as it is; it is looked at from the side, once for each read of the network.
 */
export function tracedModel(port: ModelPort, tracer: Tracer, parent: Context, attributes: Attributes): ModelPort {
  const begin = (): Span =>
    tracer.startSpan(
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
  return {
    id: port.id,
    stream: (request, signal) => {
      const answer = port.stream(request, signal);
      return {
        [Symbol.asyncIterator]: () => watched(answer[Symbol.asyncIterator](), new ModelSpan(begin(), signal)),
      };
    },
  };
}

type Chunks = AsyncIterator<readonly ModelChunk[]>;

function watched(inner: Chunks, span: ModelSpan): Chunks {
  return {
    next: () => {
      const read = inner.next();
      read.then(span.read, span.failed);
      return read;
    },
    return: async () => {
      try {
        return (await inner.return?.()) ?? { done: true, value: undefined };
      } finally {
        span.end();
      }
    },
  };
}

/** The span of one request, until its answer has ended. */
class ModelSpan {
  readonly #span: Span;
  readonly #signal: AbortSignal;
  readonly #began: number = performance.now();
  #waiting = true;
  #open = true;
  #finish_reason: string | null = null;
  #usage: Usage | null = null;

  constructor(span: Span, signal: AbortSignal) {
    this.#span = span;
    this.#signal = signal;
  }

  readonly read = ({ done, value }: IteratorResult<readonly ModelChunk[]>): void => {
    if (done === true) return this.end();
    if (this.#waiting) {
      this.#waiting = false;
      this.#span.setAttribute("gen_ai.response.time_to_first_chunk", (performance.now() - this.#began) / 1_000);
    }
    for (const chunk of value) {
      if (chunk.type === "finish") this.#finish_reason = chunk.reason;
      else if (chunk.type === "usage") this.#usage = chunk.usage;
    }
  };

  readonly failed = (error: unknown): void => {
    const { aborted } = this.#signal;
    this.#span.setAttribute(
      "error.type",
      aborted ? "cancelled" : error instanceof ModelError ? error.code : "internal",
    );
    if (!aborted) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.end();
  };

  end(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#finish_reason !== null) this.#span.setAttribute("gen_ai.response.finish_reasons", [this.#finish_reason]);
    if (this.#usage !== null) this.#span.setAttributes(usageAttributes(this.#usage));
    this.#span.end();
  }
}

export function usageAttributes({ input_tokens, output_tokens, cached_tokens, reasoning_tokens }: Usage): Attributes {
  return {
    "gen_ai.usage.input_tokens": input_tokens,
    "gen_ai.usage.output_tokens": output_tokens,
    ...(cached_tokens === undefined ? {} : { "gen_ai.usage.cache_read.input_tokens": cached_tokens }),
    ...(reasoning_tokens === undefined ? {} : { "gen_ai.usage.reasoning.output_tokens": reasoning_tokens }),
  };
}
