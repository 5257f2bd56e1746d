import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Tool, ToolContext, ToolOutput } from "@millrace/agent";
import type { McpCommand, McpServer } from "../config.ts";
import { connectMcp, type McpOptions, type McpTools } from "../connect-mcp.ts";
import type { McpClock } from "../server-link.ts";

const systemClock: McpClock = {
  now: Date.now,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** The hand-written server with the given faults. */
export function byHand(...faults: readonly string[]): McpCommand {
  const script = fileURLToPath(new URL("stdio-server.ts", import.meta.url));
  return { name: "hand", command: process.execPath, args: [script, ...faults] };
}

export interface Bench extends AsyncDisposable {
  readonly mcp: McpTools;
  /** Lines of the log: level, message, fields. */
  readonly logged: readonly string[];
  tool(name: string): Tool;
  /** Resolves once the check holds. @throws after 10 s, with what there is */
  until(check: () => boolean): Promise<void>;
}

export async function startMcp(servers: readonly McpServer[], options: Partial<McpOptions> = {}): Promise<Bench> {
  const logged: string[] = [];
  const line =
    (level: string) =>
    (fields: object, message: string): void => {
      logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  const log = { debug: line("debug"), info: line("info"), warn: line("warn") };
  const mcp = await connectMcp({ clock: systemClock, log, ...options, servers });
  return {
    mcp,
    logged,
    tool: (name) => {
      const tool = mcp.tools().find((each) => each.name === name);
      if (tool === undefined) throw new Error(`no ${name} in ${JSON.stringify(mcp.status())}`);
      return tool;
    },
    until: async (check) => {
      for (const end = Date.now() + 10_000; !check(); await delay(10)) {
        if (Date.now() > end) throw new Error(`${JSON.stringify(mcp.status())}\n${logged.join("\n")}`);
      }
    },
    [Symbol.asyncDispose]: () => mcp.close(),
  };
}

/** Starts servers and waits until all are ready. */
export async function readyMcp(servers: readonly McpServer[], options: Partial<McpOptions> = {}): Promise<Bench> {
  const bench = await startMcp(servers, options);
  try {
    await bench.until(() => bench.mcp.status().every(({ state }) => state === "ready"));
    return bench;
  } catch (error) {
    await bench.mcp.close();
    throw error;
  }
}

/** Runs a tool as the agent would. */
export async function use(
  tool: Tool,
  args: object = {},
  { signal = new AbortController().signal, output = () => {} }: Partial<ToolContext> = {},
): Promise<ToolOutput> {
  const never = (): Promise<never> => Promise.reject(new Error("not in this test"));
  const context: ToolContext = { signal, output, tool_call_id: "c1", ask: never, delegate: never };
  return tool.execute(tool.parameters.parse(args), context);
}
