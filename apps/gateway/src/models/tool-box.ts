import { join } from "node:path";
import type { Tool } from "@millrace/agent";
import { bashTool, connectMcp, workspaceTools } from "@millrace/tools";
import type { Logger } from "pino";
import { NO_CONFIG } from "../config/schema.ts";
import type { Settings } from "../settings.ts";
import { SettingsError } from "../settings-error.ts";
import { SeenFile } from "./seen-file.ts";

/** The tools of this gateway. */
export interface ToolBox {
  /** All there are now: those of other programs come and go. Names are unique. */
  tools(): readonly Tool[];
  close(): Promise<void>;
}

/** The built-in tools, the configuration's and those of its MCP servers. @throws SettingsError where two have one name */
export async function openToolBox(settings: Settings, log: Logger, builtIn?: readonly Tool[]): Promise<ToolBox> {
  const { config = NO_CONFIG } = settings;
  const own = [...(builtIn ?? builtInTools(settings)), ...config.tools];
  const names = new Set<string>();
  for (const { name } of own) {
    if (names.has(name)) throw new SettingsError(`tools: there are two of the name ${name}.`);
    names.add(name);
  }
  const servers = Object.entries(config.mcp).map(([name, server]) => ({ name, ...server }));
  if (servers.length === 0) return { tools: () => own, close: async () => {} };
  const mcp = await connectMcp({
    servers,
    clock: { now: Date.now, after },
    log: {
      debug: (fields, message) => log.debug(fields, message),
      info: (fields, message) => log.info(fields, message),
      warn: (fields, message) => log.warn(fields, message),
    },
    state: new SeenFile(join(settings.data_dir, "mcp-seen.json")),
  });
  return {
    tools: () => [...own, ...mcp.tools().filter(({ name }) => !names.has(name))],
    close: () => mcp.close(),
  };
}

function builtInTools({ workspace, data_dir, config_file, config = NO_CONFIG }: Settings): readonly Tool[] {
  // Keys stand in the one, everything that was ever said in the other.
  const protected_paths = [data_dir, ...(config_file == null ? [] : [config_file])];
  return [
    ...workspaceTools({ workspace, clock: { now: Date.now }, protected_paths }),
    bashTool({ workspace, data_dir, protected_paths, network: config.sandbox.network }),
  ];
}

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
}
