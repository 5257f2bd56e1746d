import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SettingsError } from "../settings-error.ts";
import { problemOf } from "./problem.ts";
import { type Config, configSchema, NO_CONFIG } from "./schema.ts";
import type { Environment } from "./secret.ts";

const NAMES = ["ts", "mts", "mjs", "js", "json"].map((ending) => `millrace.config.${ending}`);

export interface LoadedConfig {
  readonly config: Config;
  /** The file; null where there is none. */
  readonly file: string | null;
}

/**
 * Reads `MILLRACE_CONFIG`, or the `millrace.config` file in `root`. The file is code and runs: it is the operator's.
 * @throws SettingsError
 */
export async function loadConfig(environment: Environment, root: string): Promise<LoadedConfig> {
  const file = configFile(environment, root);
  if (file === null) return { config: NO_CONFIG, file };
  const name = basename(file);
  const read = configSchema(environment).safeParse(await contentOf(file, name));
  if (!read.success) throw new SettingsError(`${name}: ${problemOf(read.error)}`);
  return { config: placed(read.data, dirname(file)), file };
}

function configFile(environment: Environment, root: string): string | null {
  const named = environment.MILLRACE_CONFIG?.trim();
  if (!named) return NAMES.map((name) => resolve(root, name)).find((file) => existsSync(file)) ?? null;
  const file = resolve(root, named);
  if (!existsSync(file)) throw new SettingsError("MILLRACE_CONFIG names a file that does not exist.");
  return file;
}

async function contentOf(file: string, name: string): Promise<unknown> {
  try {
    if (file.endsWith(".json")) return parsed(await readFile(file, "utf8"));
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default?: unknown };
    if (module.default === undefined) throw new Error("it has no default export");
    return module.default;
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new SettingsError(`${name} cannot be read: ${line?.slice(0, 300)}.`, { cause: error });
  }
}

/** The parser's own message would show a piece of the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
}

/** Relative folders count from the file that names them. */
function placed(config: Config, folder: string): Config {
  const { workspace, mcp } = config;
  const servers = Object.entries(mcp).map(([name, server]) => [
    name,
    "command" in server ? { ...server, cwd: resolve(folder, server.cwd ?? ".") } : server,
  ]);
  return {
    ...config,
    ...(workspace === undefined ? {} : { workspace: resolve(folder, workspace) }),
    mcp: Object.fromEntries(servers) as Config["mcp"],
  };
}
