import { nameParts } from "../conversation/call-state.ts";
import type { ServerInfo, ToolInfo, ToolsInfo } from "./gateway-settings.ts";

/** Tools of one origin. `server`: the MCP server that offers them, null for the gateway's own. */
export interface ToolGroup {
  readonly server: string | null;
  /** Null for the gateway's own tools, and for a server of which it says nothing. */
  readonly status: ServerInfo | null;
  readonly tools: readonly ToolInfo[];
}

/** Tools by where they come from, the gateway's own first; servers without tools are there too. */
export function toolGroups({ tools, servers }: ToolsInfo): readonly ToolGroup[] {
  const groups = new Map<string | null, ToolInfo[]>(servers.map(({ name }) => [name, []]));
  for (const tool of tools) {
    const { server } = nameParts(tool.name);
    const group = groups.get(server);
    if (group === undefined) groups.set(server, [tool]);
    else group.push(tool);
  }
  return [...groups]
    .map(([server, own]) => ({ server, status: servers.find(({ name }) => name === server) ?? null, tools: own }))
    .sort((one, other) => (one.server === null ? -1 : other.server === null ? 1 : one.server < other.server ? -1 : 1));
}
