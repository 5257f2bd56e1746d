export { type Gateway, type GatewayParts, startGateway } from "./gateway.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { readSettings, type Settings, SettingsError } from "./settings.ts";
