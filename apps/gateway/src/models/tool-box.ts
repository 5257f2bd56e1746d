import { join } from "node:path";
import type { Tool } from "@millrace/agent";
import { bashTool, bubblewrap, connectMcp, type McpServerStatus, type Sandbox, workspaceTools } from "@millrace/tools";
import type { Logger } from "pino";
import { KnownSecrets } from "../config/known-secrets.ts";
import { NO_CONFIG } from "../config/schema.ts";
import { secretsOf } from "../config/secrets.ts";
import type { Settings } from "../settings.ts";
import { SettingsError } from "../settings-error.ts";
import { discreetTools } from "./discreet-tool.ts";
import { SeenFile } from "./seen-file.ts";

/** The tools of this gateway. */
export interface ToolBox {
  /** All there are now: those of other programs come and go. Names are unique. */
  tools(): readonly Tool[];
  /** The MCP servers of the configuration, in its order. */
  servers(): readonly ServerStatus[];
  close(): Promise<void>;
}

/** Where an MCP server stands. `reason`: why it failed, or what of a connected one's tools was left out. */
export interface ServerStatus {
  readonly name: string;
  readonly state: "connected" | "connecting" | "failed";
  readonly reason?: string;
}

/** Those that read, change or run something on the gateway's machine. */
const HOST_TOOLS: ReadonlySet<string> = new Set([
  "bash",
  "edit_file",
  "list_files",
  "read_file",
  "search_files",
  "write_file",
]);

/**
 * The built-in tools, the configuration's and those of its MCP servers. @throws SettingsError where two have one name
 * What they say is without the gateway's secrets.
 */
export async function openToolBox(
  settings: Settings,
  log: Logger,
  builtIn?: readonly Tool[],
  sandbox: Sandbox = bubblewrap(),
  secrets: Pick<KnownSecrets, "values"> = new KnownSecrets(secretsOf(settings, process.env)),
): Promise<ToolBox> {
  const { config = NO_CONFIG } = settings;
  const discreet = discreetTools(secrets);
  const own = [...(builtIn ?? (await builtInTools(settings, log, sandbox))), ...config.tools].map(discreet);
  const names = new Set<string>();
  for (const { name } of own) {
    if (names.has(name)) throw new SettingsError(`tools: there are two of the name ${name}.`);
    names.add(name);
  }
  const servers = Object.entries(config.mcp).map(([name, server]) => ({ name, ...server }));
  if (servers.length === 0) return { tools: () => own, servers: () => [], close: async () => {} };
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
    tools: () => [
      ...own,
      ...mcp
        .tools()
        .filter(({ name }) => !names.has(name))
        .map(discreet),
    ],
    servers: () => mcp.status().map(serverStatus),
    close: () => mcp.close(),
  };
}

function serverStatus({ name, state, problem }: McpServerStatus): ServerStatus {
  return {
    name,
    state: state === "ready" ? "connected" : state,
    ...(problem === undefined ? {} : { reason: problem }),
  };
}

/** Where strangers may sign in, what touches the machine is there only where it can be confined, or the operator says so. */
async function builtInTools(settings: Settings, log: Logger, sandbox: Sandbox): Promise<readonly Tool[]> {
  const { workspace, data_dir, config_file, config = NO_CONFIG, auth = null } = settings;
  const { network, host_tools } = config.sandbox;
  // What the gateway's machine reaches is nothing that strangers choose.
  const hosts = config.fetch_url.hosts ?? (auth === null ? undefined : []);
  // Keys stand in the one, everything that was ever said in the other.
  const protected_paths = [data_dir, ...(config_file == null ? [] : [config_file])];
  const confined = auth !== null && host_tools === "auto";
  const without_sandbox = confined ? "refuse" : "ask";
  const tools = [
    ...workspaceTools({ workspace, clock: { now: Date.now }, protected_paths, fetch: { hosts } }),
    bashTool({ workspace, data_dir, protected_paths, network, sandbox, without_sandbox }),
  ];
  const withoutHost = (): readonly Tool[] => tools.filter(({ name }) => !HOST_TOOLS.has(name));
  if (host_tools === "off") return withoutHost();
  const state = confined ? await sandbox.available() : ({ ok: true } as const);
  if (state.ok) return tools;
  log.warn({ why: state.why }, "there is no sandbox: tools that touch this machine are off, see sandbox.host_tools");
  return withoutHost();
}

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
}
