import { type IdGenerator, RandomIdGenerator } from "@opentelemetry/sdk-trace";

/** Random ids, but for the trace that is about to begin: its id was told to viewers already. */
export class SpanIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  /** Taken by the next span without a parent. */
  next_trace_id: string | null = null;

  generateTraceId(): string {
    const id = this.next_trace_id ?? this.#random.generateTraceId();
    this.next_trace_id = null;
    return id;
  }

  generateSpanId(): string {
    return this.#random.generateSpanId();
  }
}
