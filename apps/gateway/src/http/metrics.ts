import type { RequestHandler } from "express";
import { authorize } from "../auth/authorize.ts";
import type { Scene } from "../metrics/gauges.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { principalOf } from "./authenticated.ts";

export interface MetricsContext {
  readonly metrics: Pick<Metrics, "text" | "content_type">;
  readonly scene: () => Promise<Scene>;
}

/** `GET /metrics`, for Prometheus, of who runs the gateway. */
export function metricsRoute({ metrics, scene }: MetricsContext): RequestHandler {
  return async (_request, response) => {
    authorize(principalOf(response), "read_metrics", null);
    const text = await metrics.text(await scene());
    response.set("Cache-Control", "no-store").set("Content-Type", metrics.content_type).send(text);
  };
}
