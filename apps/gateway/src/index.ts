export { defineTool } from "@millrace/agent";
export { z } from "zod";
export { type LoadedConfig, loadConfig } from "./config/load-config.ts";
export { type Config, defineConfig, type MillraceConfig } from "./config/schema.ts";
export { type Gateway, type GatewayParts, startGateway } from "./gateway.ts";
export type { DeltaContext, DeltaEvent, OnDelta } from "./hooks/on-delta.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { readSettings, type Settings } from "./settings.ts";
export { SettingsError } from "./settings-error.ts";
