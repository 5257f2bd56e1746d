import { resolve } from "node:path";
import { z } from "zod";
import { DEFAULT_LIMITS, LimitOverrides, type Limits } from "./limits.ts";

export interface Settings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `host:port` names under which a proxy in front is reached, beside the loopback names of `port`. */
  readonly hosts: readonly string[];
  readonly data_dir: string;
  /** The folder that the agent's tools see. */
  readonly workspace: string;
  /** The folder of the built UI. */
  readonly web_dir: string;
  readonly model: ModelSettings | null;
  readonly log_level: string;
  readonly limits: Limits;
}

/** An OpenAI-compatible endpoint and the models to offer from it; the first is the default. */
export interface ModelSettings {
  readonly base_url: string;
  readonly api_key: string | null;
  readonly models: readonly [string, ...string[]];
}

/** A setting is wrong. The message is one line for the operator. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);
const LATER = ["MILLRACE_TOKEN", "OIDC_ISSUER", "OIDC_AUDIENCE", "DATABASE_URL", "REDIS_URL"] as const;

const Port = z.coerce.number().int().min(0).max(65535);
const LogLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

/** Reads the settings from the environment. Relative folders count from `root`. @throws SettingsError */
export function readSettings(environment: NodeJS.ProcessEnv, root: string): Settings {
  const env = (name: string): string | undefined => environment[name]?.trim() || undefined;
  for (const name of LATER) {
    // Ignoring a door or a database that somebody asked for would be worse than not starting.
    if (env(name) !== undefined) throw new SettingsError(`${name} is set, but this version does not support it yet.`);
  }
  const host = env("HOST") ?? "127.0.0.1";
  if (!LOOPBACK.has(host)) {
    throw new SettingsError(`HOST=${host} would be reachable from other machines without a sign-in. Use 127.0.0.1.`);
  }
  const port = Port.safeParse(env("PORT") ?? "8000");
  if (!port.success) throw new SettingsError("PORT is not a number from 0 to 65535.");
  const log_level = LogLevel.safeParse(env("LOG_LEVEL") ?? "warn");
  if (!log_level.success) throw new SettingsError(`LOG_LEVEL is not one of ${LogLevel.options.join(", ")}.`);
  return {
    host,
    port: port.data,
    hosts: readHosts(env("MILLRACE_HOSTS")),
    data_dir: resolve(root, env("MILLRACE_DATA_DIR") ?? ".millrace"),
    workspace: resolve(root, env("MILLRACE_WORKSPACE") ?? "examples/workspace"),
    web_dir: resolve(root, "apps/web/dist"),
    model: readModel(env),
    log_level: log_level.data,
    limits: readLimits(env("MILLRACE_LIMITS")),
  };
}

function readModel(env: (name: string) => string | undefined): ModelSettings | null {
  const base_url = env("OPENAI_BASE_URL");
  const api_key = env("OPENAI_API_KEY") ?? null;
  const [first, ...rest] = (env("MILLRACE_MODEL") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (base_url === undefined && api_key === null) {
    if (first !== undefined)
      throw new SettingsError("MILLRACE_MODEL is set, but neither OPENAI_BASE_URL nor OPENAI_API_KEY.");
    return null;
  }
  if (base_url !== undefined && !isHttpUrl(base_url))
    throw new SettingsError("OPENAI_BASE_URL is not an http(s) address.");
  if (first === undefined)
    throw new SettingsError("MILLRACE_MODEL names no model; set it to one of the endpoint's models.");
  return { base_url: base_url ?? "https://api.openai.com/v1", api_key, models: [first, ...rest] };
}

function readHosts(text: string | undefined): string[] {
  const hosts = (text ?? "").split(",").map((host) => host.trim().toLowerCase());
  const named = hosts.filter((host) => host !== "");
  const wrong = named.find((host) => !URL.canParse(`http://${host}`) || new URL(`http://${host}`).host !== host);
  if (wrong !== undefined)
    throw new SettingsError("MILLRACE_HOSTS is not a comma-separated list of host names with ports.");
  return named;
}

function readLimits(text: string | undefined): Limits {
  if (text === undefined) return DEFAULT_LIMITS;
  try {
    return { ...DEFAULT_LIMITS, ...(LimitOverrides.parse(JSON.parse(text)) as Partial<Limits>) };
  } catch {
    throw new SettingsError("MILLRACE_LIMITS is not a JSON object of known limits with positive numbers.");
  }
}

function isHttpUrl(text: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
