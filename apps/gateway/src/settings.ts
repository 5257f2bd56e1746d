import { resolve } from "node:path";
import { z } from "zod";
import { type AuthSettings, readAuth } from "./auth/auth-settings.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { type Config, NO_CONFIG } from "./config/schema.ts";
import { DEFAULT_LIMITS, LimitOverrides, type Limits } from "./limits.ts";
import { SettingsError } from "./settings-error.ts";

export interface Settings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `host:port` names under which a proxy in front is reached, beside the loopback names of `port`. */
  readonly hosts: readonly string[];
  /** Who is let in; null or absent: whoever reaches the address, which must then be a loopback one. */
  readonly auth?: AuthSettings | null;
  readonly data_dir: string;
  /** The folder that the agent's tools see. */
  readonly workspace: string;
  /** The folder of the built UI. */
  readonly web_dir: string;
  /** The environment's endpoint; its models come before those of the configuration. */
  readonly model: ModelSettings | null;
  /** What the configuration file says, where the environment does not say otherwise; without it all defaults. */
  readonly config?: Config;
  /** The configuration file, which no tool may write; null: there is none. */
  readonly config_file?: string | null;
  readonly log_level: string;
  readonly limits: Limits;
}

/** An OpenAI-compatible endpoint and the models to offer from it; the first is the default. */
interface ModelSettings {
  readonly base_url: string;
  readonly api_key: string | null;
  readonly models: readonly [string, ...string[]];
}

const LATER = ["DATABASE_URL", "REDIS_URL"] as const;

const Port = z.coerce.number().int().min(0).max(65535);
const LogLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

const NO_FILE: LoadedConfig = { config: NO_CONFIG, file: null };

/**
 * Reads the settings from the environment, which comes before the configuration file. Relative folders count from
 * `root`. @throws SettingsError
 */
export function readSettings(
  environment: NodeJS.ProcessEnv,
  root: string,
  { config, file }: LoadedConfig = NO_FILE,
): Settings {
  const env = (name: string): string | undefined => environment[name]?.trim() || undefined;
  for (const name of LATER) {
    // Ignoring a database that somebody asked for would be worse than not starting.
    if (env(name) !== undefined) throw new SettingsError(`${name} is set, but this version does not support it yet.`);
  }
  const host = env("HOST") ?? "127.0.0.1";
  const auth = readAuth(env, host);
  const port = Port.safeParse(env("PORT") ?? "8000");
  if (!port.success) throw new SettingsError("PORT is not a number from 0 to 65535.");
  const log_level = LogLevel.safeParse(env("LOG_LEVEL") ?? "warn");
  if (!log_level.success) throw new SettingsError(`LOG_LEVEL is not one of ${LogLevel.options.join(", ")}.`);
  const { model, default_model } = readModel(env, config);
  return {
    host,
    port: port.data,
    hosts: readHosts(env("MILLRACE_HOSTS")),
    auth,
    data_dir: resolve(root, env("MILLRACE_DATA_DIR") ?? ".millrace"),
    workspace: resolve(root, env("MILLRACE_WORKSPACE") ?? config.workspace ?? "examples/workspace"),
    web_dir: resolve(root, "apps/web/dist"),
    model,
    config: {
      ...config,
      ...(default_model === undefined ? {} : { default_model }),
      log_files: readSwitch(env, "MILLRACE_LOG_FILES") ?? config.log_files,
      telemetry: readTelemetry(env, config.telemetry),
    },
    config_file: file,
    log_level: log_level.data,
    limits: { ...configuredLimits(config), ...readLimits(env("MILLRACE_LIMITS")) },
  };
}

/** `MILLRACE_MODEL` names models of the environment's endpoint or, where it names none, of the configuration. */
function readModel(
  env: (name: string) => string | undefined,
  { models, default_model }: Config,
): { model: ModelSettings | null; default_model: string | undefined } {
  const base_url = env("OPENAI_BASE_URL");
  const api_key = env("OPENAI_API_KEY") ?? null;
  const names = (env("MILLRACE_MODEL") ?? "").split(",").map((name) => name.trim());
  const [first, ...rest] = names.filter((name) => name !== "");
  const configured = models.length > 0 && [first, ...rest].every((name) => models.some(({ id }) => id === name));
  if (base_url === undefined && (api_key === null || models.length > 0) && (first === undefined || configured)) {
    return { model: null, default_model: first ?? default_model };
  }
  if (base_url === undefined && api_key === null)
    throw new SettingsError("MILLRACE_MODEL is set, but neither OPENAI_BASE_URL nor OPENAI_API_KEY.");
  if (base_url !== undefined && !isHttpUrl(base_url))
    throw new SettingsError("OPENAI_BASE_URL is not an http(s) address.");
  if (base_url !== undefined && holdsPassword(base_url))
    throw new SettingsError("OPENAI_BASE_URL must hold no user name or password; OPENAI_API_KEY is for the key.");
  if (first === undefined)
    throw new SettingsError("MILLRACE_MODEL names no model; set it to one of the endpoint's models.");
  return {
    model: { base_url: base_url ?? "https://api.openai.com/v1", api_key, models: [first, ...rest] },
    default_model: first,
  };
}

function readTelemetry(env: (name: string) => string | undefined, telemetry: Config["telemetry"]): Config["telemetry"] {
  const otlp_endpoint = env("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (otlp_endpoint !== undefined && !isHttpUrl(otlp_endpoint))
    throw new SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT is not an http(s) address.");
  if (otlp_endpoint !== undefined && holdsPassword(otlp_endpoint))
    throw new SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT must hold no user name or password; use its headers.");
  const service_name = env("OTEL_SERVICE_NAME") ?? telemetry.service_name;
  return { ...telemetry, service_name, ...(otlp_endpoint === undefined ? {} : { otlp_endpoint }) };
}

function readSwitch(env: (name: string) => string | undefined, name: string): boolean | undefined {
  const text = env(name);
  if (text === undefined) return undefined;
  if (text !== "true" && text !== "false") throw new SettingsError(`${name} is neither true nor false.`);
  return text === "true";
}

function readHosts(text: string | undefined): string[] {
  const hosts = (text ?? "").split(",").map((host) => host.trim().toLowerCase());
  const named = hosts.filter((host) => host !== "");
  const wrong = named.find((host) => !URL.canParse(`http://${host}`) || new URL(`http://${host}`).host !== host);
  if (wrong !== undefined)
    throw new SettingsError("MILLRACE_HOSTS is not a comma-separated list of host names with ports.");
  return named;
}

function configuredLimits({ interaction_timeout_s }: Config): Limits {
  if (interaction_timeout_s === undefined) return DEFAULT_LIMITS;
  return { ...DEFAULT_LIMITS, interaction_ms: Math.ceil(interaction_timeout_s * 1_000) };
}

function readLimits(text: string | undefined): Partial<Limits> {
  if (text === undefined) return {};
  try {
    return LimitOverrides.parse(JSON.parse(text)) as Partial<Limits>;
  } catch {
    throw new SettingsError("MILLRACE_LIMITS is not a JSON object of known limits with positive numbers.");
  }
}

function holdsPassword(address: string): boolean {
  const { username, password } = new URL(address);
  return username !== "" || password !== "";
}

function isHttpUrl(text: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
