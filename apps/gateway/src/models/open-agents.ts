import { join } from "node:path";
import type { Tool } from "@millrace/agent";
import type { LogStore } from "@millrace/store";
import type { Logger } from "pino";
import type { KnownSecrets } from "../config/known-secrets.ts";
import { type Config, NO_CONFIG } from "../config/schema.ts";
import { RunLogs } from "../runlog/run-logs.ts";
import type { Settings } from "../settings.ts";
import type { Telemetry } from "../trace/telemetry.ts";
import { Agents } from "./agents.ts";
import { ENVIRONMENT, Endpoints } from "./endpoints.ts";
import { withEndpoint } from "./models.ts";
import { openToolBox } from "./tool-box.ts";
import { type Watchers, watchers } from "./watchers.ts";

export interface AgentsContext {
  readonly log: Logger;
  readonly secrets: KnownSecrets;
  /** What log files are written from. */
  readonly store: Pick<LogStore, "read">;
  /** Instead of the built-in ones. */
  readonly tools?: readonly Tool[] | undefined;
  /** Counts what runs do. */
  readonly metrics?: Pick<Watchers, "observe"> | null;
}

/** The agents of the settings, with everything they need. `close` lets go of it. @throws SettingsError */
export async function openAgents(
  settings: Settings,
  { log, secrets, store, tools, metrics = null }: AgentsContext,
): Promise<{ agents: Agents; endpoints: Endpoints; close: () => Promise<void> }> {
  const { model, config: written = NO_CONFIG, data_dir } = settings;
  const config = model === null ? written : withEndpoint(written, ENVIRONMENT, model);
  await using opened = new AsyncDisposableStack();
  const endpoints = await Endpoints.open({ config, data_dir, secrets, log });
  opened.defer(() => endpoints.close());
  const box = await openToolBox(settings, log, tools, undefined, secrets);
  opened.defer(() => box.close());
  const telemetry = await openTelemetry(config, log);
  const logs = config.log_files
    ? await RunLogs.open({
        folder: join(data_dir, "runs"),
        store,
        redact: secrets.redact,
        now: Date.now,
        log,
        keep_ms: config.log_file_days * DAY_MS,
        keep_bytes: config.log_file_mib * 1024 * 1024,
      })
    : null;
  // Elsewhere than on their own machine a path tells people nothing but how that machine is laid out.
  const tells_paths = (settings.auth ?? null) === null;
  const onDelta = config.hooks.onDelta ?? null;
  const watching = watchers({ logs, tells_paths, telemetry, onDelta, metrics, log });
  opened.defer(() => watching.close());
  const agents = new Agents({
    models: endpoints.models,
    config,
    tools: () => box.tools(),
    servers: () => box.servers(),
    watchers: watching,
  });
  const held = opened.move();
  return { agents, endpoints, close: () => held.disposeAsync() };
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The SDK is loaded only where there is somebody to send to. */
async function openTelemetry({ telemetry }: Config, log: Logger): Promise<Telemetry | null> {
  const { otlp_endpoint, headers = {}, service_name } = telemetry;
  if (otlp_endpoint === undefined) return null;
  const { openTelemetry: open, otlpExporter } = await import("../trace/open-telemetry.ts");
  return open({ exporter: otlpExporter(otlp_endpoint, headers), service_name, log });
}
