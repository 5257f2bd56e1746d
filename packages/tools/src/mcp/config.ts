import { z } from "zod";

/** A program that is started here and spoken to over its standard input and output. */
export interface McpCommand extends McpServerSettings {
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** Besides `PATH`, `HOME` and the like: nothing else of the gateway's environment reaches it. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Folder it starts in; the gateway's by default. */
  readonly cwd?: string | undefined;
}

/** A server spoken to over streamable HTTP. */
interface McpUrl extends McpServerSettings {
  /** http or https; any address, since only the operator writes it. */
  readonly url: string;
  /** Sent to this server and to no other: a token, for example. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

interface McpServerSettings {
  /** Begins the names of its tools, `name__tool`: words of letters and digits, joined by single `-` or `_`. */
  readonly name: string;
  /** The server's names of the tools to offer; all by default. */
  readonly allow?: readonly string[] | undefined;
  /** How long a call may take, by default 60,000; progress makes the time begin again, up to ten times. Milliseconds. */
  readonly timeout_ms?: number | undefined;
  /** How long a start may take until its tools are listed, by default 30,000. Milliseconds. */
  readonly start_timeout_ms?: number | undefined;
}

export type McpServer = McpCommand | McpUrl;

const Milliseconds = z.int().min(1).max(3_600_000).optional();
const Settings = {
  name: z
    .string()
    .max(32)
    .regex(/^[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*$/, "A name is words of letters and digits, joined by single - or _"),
  allow: z.array(z.string().min(1)).optional(),
  timeout_ms: Milliseconds,
  start_timeout_ms: Milliseconds,
};

/** One server as an operator's file may name it. */
export const McpServerSchema: z.ZodType<McpServer> = z.union([
  z.strictObject({
    ...Settings,
    command: z.string().min(1),
    args: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional(),
    cwd: z.string().min(1).optional(),
  }),
  z.strictObject({
    ...Settings,
    url: z.string().refine(isServerUrl, "A server's URL is http or https, without a user, a password and a fragment"),
    headers: z.record(z.string(), z.string()).refine(areHeaders, "These are not HTTP headers").optional(),
  }),
]);

/** @throws Error that names the server where one is not as it must be, or two have the same name */
export function checkServers(servers: readonly McpServer[]): readonly McpServer[] {
  const names = new Set<string>();
  return servers.map((server) => {
    const checked = McpServerSchema.safeParse(server);
    if (!checked.success) {
      throw new Error(`The MCP server ${JSON.stringify(server.name)} is not valid:\n${z.prettifyError(checked.error)}`);
    }
    const name = server.name.toLowerCase();
    if (names.has(name)) throw new Error(`Two MCP servers are named ${JSON.stringify(server.name)}.`);
    names.add(name);
    // A copy: what the caller does to its own later must not change a command.
    return structuredClone(checked.data);
  });
}

function isServerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
  return url.username === "" && url.password === "" && url.hash === "";
}

function areHeaders(headers: Readonly<Record<string, string>>): boolean {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
}
