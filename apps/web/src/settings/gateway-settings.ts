import { requestJson } from "../shell/gateway-http.ts";

/** What the gateway says over HTTP that only settings need. */

/** A call that was allowed for always, until it is taken back. */
export interface Permission {
  readonly id: string;
  readonly tool: string;
  readonly pattern: string;
  /** The folder where it holds. */
  readonly workspace: string;
  /** Unix time in milliseconds. */
  readonly created_at: number;
}

export interface ToolInfo {
  readonly name: string;
  readonly description: string;
}

export async function listPermissions(): Promise<readonly Permission[]> {
  return (await requestJson<{ permissions: Permission[] }>("GET", "/api/v1/permissions")).permissions;
}

/** What is gone already counts as revoked. */
export async function revokePermission(id: string): Promise<void> {
  await requestJson("DELETE", `/api/v1/permissions/${encodeURIComponent(id)}`, [404]);
}

/** Where an MCP server stands. `reason`: why it failed, or what of its tools was left out; in its words. */
export interface ServerInfo {
  readonly name: string;
  readonly state: "connected" | "connecting" | "failed";
  readonly reason?: string;
}

export interface ToolsInfo {
  readonly tools: readonly ToolInfo[];
  readonly servers: readonly ServerInfo[];
}

export async function listTools(): Promise<ToolsInfo> {
  const { tools, servers = [] } = await requestJson<Partial<ToolsInfo>>("GET", "/api/v1/tools");
  return { tools: tools ?? [], servers };
}

/** An endpoint and its models. `host`: only in local mode, and not for what runs by itself. */
interface ProviderInfo {
  readonly name: string;
  readonly host?: string;
  readonly models: readonly string[];
}

/** What the gateway says of itself. `local`: nobody signs in. */
export interface About {
  readonly local: boolean;
  readonly config_file: string | null;
  readonly providers: readonly ProviderInfo[];
}

export const loadAbout = (): Promise<About> => requestJson<About>("GET", "/api/v1/about");
