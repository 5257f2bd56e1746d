import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tool } from "@millrace/agent";
import pino from "pino";
import {
  type Gateway,
  type LoadedConfig,
  loadConfig,
  type MillraceConfig,
  readSettings,
  startGateway,
} from "../src/index.ts";
import { HttpClient } from "./http-client.ts";

export interface ConfiguredOptions {
  /** What the configuration file holds; a file's path where there is one. */
  readonly config: MillraceConfig | string;
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the built-in ones. */
  readonly tools?: readonly Tool[];
}

/** A gateway in this process, started as `main.ts` does it: from a configuration file and an environment. */
export class ConfiguredGateway implements AsyncDisposable {
  readonly folder: string;
  readonly http: HttpClient;
  readonly port: number;
  /** Log lines as JSON text. */
  readonly log: readonly string[];
  readonly #close: () => Promise<void>;

  private constructor(parts: { folder: string; port: number; log: readonly string[]; close: () => Promise<void> }) {
    this.folder = parts.folder;
    this.port = parts.port;
    this.http = new HttpClient(parts.port);
    this.log = parts.log;
    this.#close = parts.close;
  }

  static async start({ config, env = {}, tools }: ConfiguredOptions): Promise<ConfiguredGateway> {
    const folder = mkdtempSync(join(tmpdir(), "millrace-configured-"));
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    const log: string[] = [];
    const logger = pino({ level: "trace", base: null }, { write: (line: string) => void log.push(line) });
    const environment = { PORT: "0", MILLRACE_DATA_DIR: folder, ...env };
    const started = async (): Promise<Gateway> => {
      const settings = readSettings(environment, folder, await load(config, environment, folder));
      return startGateway(settings, { log: logger, ...(tools === undefined ? {} : { tools }) });
    };
    const gateway = await started().catch((error: unknown) => {
      remove();
      throw error;
    });
    const close = async (): Promise<void> => {
      void gateway.close();
      await gateway.close();
      remove();
    };
    return new ConfiguredGateway({ folder, port: Number(new URL(gateway.url).port), log, close });
  }

  /** Everything up to the end of one message's run. */
  async run(message: string, options: object = {}): Promise<Record<string, unknown>> {
    return (await this.http.post("/api/v1/agent/run", { message, ...options })).json as Record<string, unknown>;
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** What JSON can hold goes through a file; code does not. */
async function load(
  config: MillraceConfig | string,
  environment: Record<string, string>,
  folder: string,
): Promise<LoadedConfig> {
  if (typeof config === "string") return loadConfig({ ...environment, MILLRACE_CONFIG: config }, folder);
  const { tools, hooks, ...plain } = config;
  writeFileSync(join(folder, "millrace.config.json"), JSON.stringify(plain));
  const loaded = await loadConfig(environment, folder);
  return {
    ...loaded,
    config: { ...loaded.config, tools: [...(tools ?? [])], hooks: hooks ?? {} },
  };
}
