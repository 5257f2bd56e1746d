import { createHash } from "node:crypto";
import type { Tool } from "@millrace/agent";
import { toolFingerprint } from "../permissions/fingerprint.ts";
import type { McpServer } from "./config.ts";

/** Remembers, over restarts, digests of what was seen of servers and tools. Keys and values are short strings. */
export interface McpState {
  get(key: string): string | null | Promise<string | null>;
  set(key: string, value: string): void | Promise<void>;
}

/** What is seen for the first time, or is other than it was. */
export type Seen = "first" | "same" | "changed";

/** Compares what starts with what started before. */
export class Pins {
  readonly #state: McpState;

  constructor(state: McpState) {
    this.#state = state;
  }

  /** The command or the address, without the values of secrets. */
  server(server: McpServer): Promise<Seen> {
    const { name } = server;
    const target =
      "url" in server
        ? [server.url]
        : [server.command, server.args ?? [], server.cwd ?? null, Object.keys(server.env ?? {})];
    return this.#see(`mcp:${name}`, digestOf(JSON.stringify(target)));
  }

  tool(tool: Tool): Promise<Seen> {
    return this.#see(`mcp:${tool.name}`, toolFingerprint(tool));
  }

  async #see(key: string, digest: string): Promise<Seen> {
    const known = await this.#state.get(key);
    if (known === digest) return "same";
    await this.#state.set(key, digest);
    return known === null ? "first" : "changed";
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
