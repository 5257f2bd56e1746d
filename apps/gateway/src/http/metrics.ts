import type { RequestHandler } from "express";
import type { Scene } from "../metrics/gauges.ts";
import type { Metrics } from "../metrics/metrics.ts";

export interface MetricsContext {
  readonly metrics: Pick<Metrics, "text" | "content_type">;
  readonly scene: () => Promise<Scene>;
}

/** `GET /metrics`, for Prometheus. */
export function metricsRoute({ metrics, scene }: MetricsContext): RequestHandler {
  return async (_request, response) => {
    const text = await metrics.text(await scene());
    response.set("Cache-Control", "no-store").set("Content-Type", metrics.content_type).send(text);
  };
}
