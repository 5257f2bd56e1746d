import type { Settings } from "../settings.ts";
import type { Environment } from "./secret.ts";

/** Names of variables that hold a secret, whoever set them and for whatever program. */
const SECRET_NAME = /(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/;
const SECRET_PARAMETER = /key|token|secret|sig|code|password/i;

/** What endpoints that want no key are given, because clients want to send one: words that are no secret. */
const PLACEHOLDERS = new Set(["ollama", "lm-studio", "not-needed", "sk-no-key-required", "dummy-key"]);

/** Every text of the settings that must be written down nowhere. */
export function secretsOf({ model, config, auth }: Settings, environment: Environment): string[] {
  const { providers = {}, mcp = {}, telemetry = null } = config ?? {};
  const servers = Object.values(mcp);
  const values = [
    model?.api_key,
    auth?.token,
    auth?.read_token,
    ...Object.entries(environment).flatMap(([name, value]) => (isSecret(name, value) ? [value] : [])),
    ...Object.values(providers).flatMap(({ api_key, headers }) => [api_key, ...Object.values(headers ?? {})]),
    ...servers.flatMap((server) => Object.values(("command" in server ? server.env : server.headers) ?? {})),
    ...Object.values(telemetry?.headers ?? {}),
    ...(environment.OTEL_EXPORTER_OTLP_HEADERS ?? "").split(",").map((header) => header.split("=").slice(1).join("=")),
    ...[
      model?.base_url,
      telemetry?.otlp_endpoint,
      ...Object.values(providers).map(({ base_url }) => base_url),
      ...servers.map((server) => ("url" in server ? server.url : undefined)),
    ].flatMap((address) => secretsInAddress(address)),
  ].filter((value) => typeof value === "string");
  return secretTexts(values);
}

/** As they may be met: a header's scheme is no secret, and the token stands without it elsewhere. */
export function secretTexts(values: readonly string[]): string[] {
  return values
    .flatMap((value) => [value.trim(), value.slice(value.lastIndexOf(" ") + 1)])
    .filter((value) => value !== "" && !PLACEHOLDERS.has(value));
}

/** A short one is rather a switch. */
function isSecret(name: string, value: string | undefined): boolean {
  return SECRET_NAME.test(name.toUpperCase()) && (value?.length ?? 0) >= 12;
}

/** Parameters that are called like one. A password is refused there. */
function secretsInAddress(address: string | undefined): string[] {
  const url = address === undefined ? null : URL.parse(address);
  if (url === null) return [];
  return [...url.searchParams].filter(([name]) => SECRET_PARAMETER.test(name)).map(([, value]) => value);
}
