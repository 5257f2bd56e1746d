import { type ModelChunk, ModelError, type ModelPort, type ModelRequest } from "@millrace/agent";
import { InMemorySpanExporter, type ReadableSpan } from "@opentelemetry/sdk-trace";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { openTelemetry } from "./open-telemetry.ts";
import { type Telemetry, traceIdOf } from "./telemetry.ts";

const run = { run_id: "0123456789abcdef", session_id: "s", agent: "helper", model: "m", provider: "p", resumed: false };
const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15, cached_tokens: 4, reasoning_tokens: 2 };
const request: ModelRequest = { system: null, messages: [], tools: [], thinking: null };
const put = (): void => {};

async function spansOf(during: (telemetry: Telemetry) => void | Promise<void>): Promise<Map<string, ReadableSpan>> {
  const memory = new InMemorySpanExporter();
  let spans: ReadableSpan[] = [];
  const exporter = {
    export: memory.export.bind(memory),
    shutdown: async () => {
      spans = memory.getFinishedSpans();
    },
  };
  const telemetry = openTelemetry({ exporter, service_name: "test", log: pino({ level: "silent" }) });
  await during(telemetry);
  await telemetry.close();
  return new Map(spans.map((span) => [span.name, span]));
}

function model(...answer: (ModelChunk | Error)[]): ModelPort {
  return {
    id: "m",
    async *stream() {
      for (const chunk of answer) {
        if (chunk instanceof Error) throw chunk;
        yield [chunk];
      }
    },
  };
}

async function ask(port: ModelPort): Promise<void> {
  for await (const _ of port.stream(request, new AbortController().signal));
}

describe("RunTrace", () => {
  it("a run is one trace: the agent, its model calls, its tool calls, those of a sub-agent below its call", async () => {
    const spans = await spansOf(async (telemetry) => {
      const trace = telemetry.observe(run);
      const port = trace.model?.(
        model({ type: "text", text: "x" }, { type: "finish", reason: "stop" }, { type: "usage", usage }),
      );
      await ask(port as ModelPort);
      trace.emitted?.({ type: "tool_call", tool_call_id: "c", tool_name: "run_agent", args: {} }, put);
      trace.emitted?.({ type: "tool_start", tool_call_id: "c" }, put);
      trace.emitted?.(
        { type: "tool_call", tool_call_id: "d", tool_name: "read_file", args: {}, parent_tool_call_id: "c" },
        put,
      );
      trace.emitted?.({ type: "tool_start", tool_call_id: "d" }, put);
      for (const [tool_call_id, tool_name, outcome] of [
        ["d", "read_file", "failed"],
        ["c", "run_agent", "completed"],
      ] as const) {
        const success = outcome === "completed";
        const result = { outcome, success, content: "", error: null, execution_time: 1 };
        trace.emitted?.({ type: "tool_result", tool_call_id, tool_name, ...result }, put);
      }
      trace.emitted?.({ type: "done", content: "said", steps: 1, reason: "completed", usage }, put);
      trace.left?.();
    });
    expect([...spans.keys()].sort()).toEqual([
      "chat m",
      "execute_tool read_file",
      "execute_tool run_agent",
      "invoke_agent helper",
    ]);
    const at = (name: string): ReadableSpan => spans.get(name) as ReadableSpan;
    for (const span of spans.values()) expect(span.spanContext().traceId).toBe(traceIdOf(run.run_id));
    const id = (name: string): string => at(name).spanContext().spanId;
    expect(at("invoke_agent helper").parentSpanContext).toBeUndefined();
    expect(at("chat m").parentSpanContext?.spanId).toBe(id("invoke_agent helper"));
    expect(at("execute_tool run_agent").parentSpanContext?.spanId).toBe(id("invoke_agent helper"));
    expect(at("execute_tool read_file").parentSpanContext?.spanId).toBe(id("execute_tool run_agent"));
    expect(at("invoke_agent helper").attributes).toMatchObject({
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "helper",
      "gen_ai.conversation.id": "s",
      "gen_ai.usage.input_tokens": 10,
      "millrace.outcome": "completed",
    });
    expect(at("chat m").attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "p",
      "gen_ai.request.model": "m",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.output_tokens": 5,
      "gen_ai.usage.cache_read.input_tokens": 4,
      "gen_ai.usage.reasoning.output_tokens": 2,
      "gen_ai.response.time_to_first_chunk": expect.any(Number),
    });
    expect(at("execute_tool read_file").attributes).toMatchObject({
      "gen_ai.tool.call.id": "d",
      "gen_ai.tool.name": "read_file",
      "error.type": "failed",
    });
    expect(at("execute_tool read_file").resource.attributes["service.name"]).toBe("test");
  });

  it("what a model yields is passed on as it is; a reader that leaves closes the model's stream and the span", async () => {
    const reads: Promise<IteratorResult<readonly ModelChunk[]>>[] = [];
    let closed = 0;
    const port: ModelPort = {
      id: "m",
      stream: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            const read = Promise.resolve({ done: false as const, value: [{ type: "text" as const, text: "x" }] });
            reads.push(read);
            return read;
          },
          return: async () => {
            closed += 1;
            return { done: true as const, value: undefined };
          },
        }),
      }),
    };
    const spans = await spansOf(async (telemetry) => {
      const traced = telemetry.observe(run).model?.(port) as ModelPort;
      const answer = traced.stream(request, new AbortController().signal);
      const iterator = answer[Symbol.asyncIterator]();
      expect(iterator.next()).toBe(reads[0]);
      expect(iterator.next()).toBe(reads[1]);
      for await (const _ of answer) break;
    });
    expect(closed).toBe(1);
    expect(spans.get("chat m")?.attributes).toHaveProperty("gen_ai.response.time_to_first_chunk");
  });

  it("failures have their code and no words of their own", async () => {
    const spans = await spansOf(async (telemetry) => {
      const trace = telemetry.observe(run);
      const error = new ModelError("rate_limited", "words of the endpoint", { retryable: true });
      await ask(trace.model?.(model(error)) as ModelPort).catch(() => {});
      const end = { code: "rate_limited", message: "words", reason: "model_error", retryable: true };
      trace.emitted?.({ type: "error", ...end }, put);
      trace.left?.();
    });
    for (const span of spans.values()) {
      expect(span.attributes["error.type"]).toBe("rate_limited");
      expect(span.status.code).toBe(2);
      expect(JSON.stringify([span.attributes, span.status, span.events])).not.toContain("words");
    }
    expect(spans.size).toBe(2);
  });

  it("a run that is let go ends what is open; whoever takes it up goes on in the same trace", async () => {
    const spans = await spansOf((telemetry) => {
      const first = telemetry.observe(run);
      first.emitted?.({ type: "tool_call", tool_call_id: "c", tool_name: "bash", args: {} }, put);
      first.emitted?.({ type: "tool_start", tool_call_id: "c" }, put);
      first.left?.();
      telemetry.observe({ ...run, agent: "again", resumed: true }).left?.();
    });
    expect(spans.size).toBe(3);
    expect(new Set([...spans.values()].map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(spans.get("invoke_agent again")?.attributes["millrace.resumed"]).toBe(true);
  });
});
