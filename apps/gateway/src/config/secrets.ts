import type { Settings } from "../settings.ts";
import type { Environment } from "./secret.ts";

/** Every text of the settings that must be written down nowhere. */
export function secretsOf({ model, config, auth }: Settings, environment: Environment): string[] {
  const { providers = {}, mcp = {}, telemetry = null } = config ?? {};
  const servers = Object.values(mcp).map((server) => ("command" in server ? server.env : server.headers));
  const values = [
    model?.api_key,
    auth?.token,
    auth?.read_token,
    ...Object.values(providers).flatMap(({ api_key, headers }) => [api_key, ...Object.values(headers ?? {})]),
    ...servers.flatMap((texts) => Object.values(texts ?? {})),
    ...Object.values(telemetry?.headers ?? {}),
    ...(environment.OTEL_EXPORTER_OTLP_HEADERS ?? "").split(",").map((header) => header.split("=").slice(1).join("=")),
  ].filter((value) => typeof value === "string");
  // A header's scheme is no secret, and the token may be met without it.
  return values.flatMap((value) => [value, value.slice(value.lastIndexOf(" ") + 1)]).filter((value) => value !== "");
}
