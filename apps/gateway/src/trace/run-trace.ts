import type { ModelPort } from "@millrace/agent";
import type { EmittedEvent } from "@millrace/protocol";
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { ObservedRun, RunObserver } from "../models/run-observer.ts";
import { tracedModel, usageAttributes } from "./traced-model.ts";

type EmittedOf<Type extends EmittedEvent["type"]> = Extract<EmittedEvent, { type: Type }>;

/** One run as spans: `invoke_agent` around everything, `execute_tool` for each call that began, `chat` for each request. */
export class RunTrace implements RunObserver {
  readonly #tracer: Tracer;
  readonly #run: ObservedRun;
  readonly #root: Span;
  readonly #context: Context;
  /** Calls that were announced, and their spans once they began. */
  readonly #calls = new Map<string, { tool_name: string; parent: string | undefined; span: Span | null }>();

  constructor(tracer: Tracer, run: ObservedRun) {
    this.#tracer = tracer;
    this.#run = run;
    this.#root = tracer.startSpan(
      `invoke_agent ${run.agent}`,
      {
        kind: SpanKind.INTERNAL,
        attributes: {
          "gen_ai.operation.name": "invoke_agent",
          "gen_ai.provider.name": run.provider,
          "gen_ai.agent.name": run.agent,
          "gen_ai.conversation.id": run.session_id,
          "gen_ai.request.model": run.model,
          "millrace.run_id": run.run_id,
          "millrace.resumed": run.resumed,
        },
      },
      ROOT_CONTEXT,
    );
    this.#context = trace.setSpan(ROOT_CONTEXT, this.#root);
  }

  emitted(event: EmittedEvent): void {
    switch (event.type) {
      case "tool_call":
        this.#called(event);
        break;
      case "tool_start":
        this.#begun(event);
        break;
      case "tool_result":
        this.#ended(event);
        break;
      case "retry":
        this.#root.addEvent("retry", { "millrace.retry_attempt": event.retry_attempt });
        break;
      case "compact":
        this.#root.addEvent("compact", { "millrace.tokens_saved": event.estimated_tokens_saved });
        break;
      case "circuit_breaker":
        this.#root.addEvent("circuit_breaker", { "millrace.reason": event.reason });
        break;
      case "done":
        this.#root.setAttributes(usageAttributes(event.usage));
        this.#over(event.reason);
        break;
      case "cancelled":
        this.#root.setAttributes(usageAttributes(event.usage));
        this.#over("cancelled");
        break;
      case "error":
        this.#root.setAttribute("error.type", event.code).setStatus({ code: SpanStatusCode.ERROR });
        this.#over(event.reason);
        break;
      default:
        break;
    }
  }

  model(port: ModelPort): ModelPort {
    return tracedModel(port, this.#tracer, this.#context, { "gen_ai.provider.name": this.#run.provider });
  }

  left(): void {
    for (const { span } of this.#calls.values()) span?.end();
    this.#calls.clear();
    this.#root.end();
  }

  #over(outcome: string): void {
    this.#root.setAttribute("millrace.outcome", outcome);
  }

  #called({ tool_call_id, tool_name, parent_tool_call_id }: EmittedOf<"tool_call">): void {
    this.#calls.set(tool_call_id, { tool_name, parent: parent_tool_call_id, span: null });
  }

  #begun({ tool_call_id }: EmittedOf<"tool_start">): void {
    // A call that an earlier process announced is known by its id alone.
    const { tool_name, parent } = this.#calls.get(tool_call_id) ?? { tool_name: "", parent: undefined };
    const above = parent === undefined ? null : (this.#calls.get(parent)?.span ?? null);
    const span = this.#tracer.startSpan(
      `execute_tool ${tool_name}`.trimEnd(),
      {
        kind: SpanKind.INTERNAL,
        attributes: {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": tool_name,
          "gen_ai.tool.call.id": tool_call_id,
          "gen_ai.tool.type": "function",
        },
      },
      above === null ? this.#context : trace.setSpan(ROOT_CONTEXT, above),
    );
    this.#calls.set(tool_call_id, { tool_name, parent, span });
  }

  #ended({ tool_call_id, tool_name, outcome, success }: EmittedOf<"tool_result">): void {
    const span = this.#calls.get(tool_call_id)?.span;
    this.#calls.delete(tool_call_id);
    if (!span) return;
    span.updateName(`execute_tool ${tool_name}`).setAttributes({
      "gen_ai.tool.name": tool_name,
      "millrace.outcome": outcome,
    });
    if (!success) span.setAttribute("error.type", outcome).setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}
