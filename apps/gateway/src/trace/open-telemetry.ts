import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { RunTrace } from "./run-trace.ts";
import { SpanIds } from "./span-ids.ts";
import { type Telemetry, traceIdOf } from "./telemetry.ts";

const EXPORT_MS = 5_000;
const CLOSE_MS = 3_000;

export interface TelemetryOptions {
  readonly exporter: SpanExporter;
  readonly service_name: string;
  readonly log: Logger;
  /** Longest time for which a finished span waits for others. Milliseconds. */
  readonly delay_ms?: number;
}

/** Sends spans over OTLP/HTTP. @param endpoint without `/v1/traces` */
export function otlpExporter(endpoint: string, headers: Readonly<Record<string, string>>): SpanExporter {
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  return new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: EXPORT_MS });
}

/** Telemetry by the OpenTelemetry SDK. Load this module only where it is wanted: the SDK comes with it. */
export function openTelemetry({ exporter, service_name, log, delay_ms = 1_000 }: TelemetryOptions): Telemetry {
  const ids = new SpanIds();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": service_name }),
    idGenerator: ids,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: reporting(exporter, log),
        scheduledDelayMillis: delay_ms,
        exportTimeoutMillis: EXPORT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer("millrace");
  return {
    observe: (run) => {
      ids.next_trace_id = traceIdOf(run.run_id);
      return new RunTrace(tracer, run);
    },
    close: async () => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}

/** Says when spans begin to get lost, and when they arrive again. */
function reporting(exporter: SpanExporter, log: Logger): SpanExporter {
  let arriving = true;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (arriving !== (result.code === 0)) {
          arriving = result.code === 0;
          if (arriving) log.info("traces arrive again");
          else log.warn({ error: result.error }, "traces do not arrive at the telemetry endpoint");
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush === undefined ? {} : { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  };
}
