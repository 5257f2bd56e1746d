import type { Tool } from "@millrace/agent";
import { checkServers, type McpServer } from "./config.ts";
import type { OpenConnection } from "./connection.ts";
import { logLine } from "./log-line.ts";
import { type McpState, Pins } from "./pins.ts";
import { type McpClock, type McpLog, type McpServerStatus, ServerLink } from "./server-link.ts";

export interface McpOptions {
  /** From the operator's file and from nowhere else: a command in it is run. There is no way to add one later. */
  readonly servers: readonly McpServer[];
  readonly clock: McpClock;
  readonly log?: McpLog | undefined;
  /** Remembers what was seen before a restart, so that the log tells of what changed. */
  readonly state?: McpState | undefined;
}

/** The tools of MCP servers. */
export interface McpTools {
  /** What there is now, the servers in their order. Read it anew for each run. */
  tools(): readonly Tool[];
  status(): readonly McpServerStatus[];
  /** Calls back when a tool or a state changed. @returns what ends that */
  onChange(callback: () => void): () => void;
  /** Ends all servers. Resolves when none of their processes is left. */
  close(): Promise<void>;
}

/**
 * Starts the servers and returns at once: each one's tools are there when it is ready. One that fails is started
 * again after 1 s, then after twice as long each time, at most 60 s.
 *
 * @throws Error where a server's settings are not valid; nothing was started then
 */
export async function connectMcp(options: McpOptions): Promise<McpTools> {
  const { clock, log } = options;
  const listeners = new Set<() => void>();
  const pins = options.state === undefined ? undefined : new Pins(options.state);
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const links = checkServers(options.servers).map(
    (server) =>
      new ServerLink(server, {
        open: openLater(server),
        clock,
        log,
        pins,
        redact: logLine(secretsOf(server)),
        changed,
      }),
  );
  for (const link of links) link.start();
  let closing: Promise<void> | null = null;
  return {
    tools: () => links.flatMap((link) => link.tools()),
    status: () => links.map((link) => link.status()),
    onChange: (callback) => {
      const listener = (): void => callback();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      closing ??= Promise.all(links.map((link) => link.close())).then(() => {});
      return closing;
    },
  };
}

/** The SDK is only loaded where there is a server to speak to. */
function openLater(server: McpServer): OpenConnection {
  let ready: Promise<OpenConnection> | undefined;
  return async (events, signal) => {
    ready ??= import("./connection.ts").then(({ connectionTo }) => connectionTo(server));
    return (await ready)(events, signal);
  };
}

/** Values that must not be in a log: of variables and headers, and a header's token without its scheme. */
function secretsOf(server: McpServer): readonly string[] {
  const values = Object.values(("url" in server ? server.headers : server.env) ?? {});
  return values.flatMap((value) => [value, value.slice(value.lastIndexOf(" ") + 1)]);
}
