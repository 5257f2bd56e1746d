import type { Tool } from "@millrace/agent";
import { TIMES } from "./bounds.ts";
import { cleanLine } from "./clean-text.ts";
import type { McpServer } from "./config.ts";
import type { Connection, OpenConnection } from "./connection.ts";
import type { ForeignTool } from "./foreign-tool.ts";
import { mcpTool } from "./mcp-tool.ts";
import { type OfferedTools, offeredTools } from "./offered-tools.ts";
import type { Pins } from "./pins.ts";

export interface McpClock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Calls back after `ms` milliseconds, unless what it returns is called before. */
  after(ms: number, callback: () => void): () => void;
}

/** Takes fields and a message, as pino does. */
export type McpLog = Readonly<Record<"debug" | "info" | "warn", (fields: object, message: string) => void>>;

export interface McpServerStatus {
  readonly name: string;
  /** `failed`: it is not there, and is started or asked again after a while. */
  readonly state: "connecting" | "ready" | "failed";
  /** Why it failed, or what of a ready server's tools was left out; words that follow the server's name. */
  readonly problem?: string;
  /** Full names of its tools; a server that failed keeps those it had. */
  readonly tools: readonly string[];
}

export interface LinkParts {
  readonly open: OpenConnection;
  readonly clock: McpClock;
  readonly log: McpLog | undefined;
  readonly pins: Pins | undefined;
  /** Makes foreign words fit for a log. */
  readonly redact: (text: string) => string;
  /** Its state or its tools changed. */
  readonly changed: () => void;
}

type Phase =
  | { readonly state: "connecting" }
  | { readonly state: "ready"; readonly connection: Connection; readonly problem: string | null }
  | { readonly state: "failed"; readonly problem: string };

const PROBLEM_LENGTH = 1_000;

/** One server for as long as the gateway runs: starts it, again after it failed, and offers what tools it has. */
export class ServerLink {
  readonly #server: McpServer;
  readonly #parts: LinkParts;
  readonly #closed = new AbortController();
  #phase: Phase = { state: "connecting" };
  #connection: Connection | null = null;
  #offered: OfferedTools = new Map();
  #relisting: "no" | "now" | "again" = "no";
  #running: Promise<void> | null = null;

  constructor(server: McpServer, parts: LinkParts) {
    this.#server = server;
    this.#parts = parts;
  }

  /** Begins, and returns at once. */
  start(): void {
    this.#running ??= this.#run();
  }

  tools(): readonly Tool[] {
    return [...this.#offered.values()].map(({ tool }) => tool);
  }

  status(): McpServerStatus {
    const { state } = this.#phase;
    const problem = "problem" in this.#phase ? this.#phase.problem : null;
    return { name: this.#server.name, state, tools: [...this.#offered.keys()], ...(problem !== null && { problem }) };
  }

  /** Resolves when nothing of the server is left here. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#connection?.close("was closed");
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      const { problem, served } = await this.#serve();
      if (served >= TIMES.stable) failures = 0;
      this.#become({ state: "failed", problem });
      if (this.#closed.signal.aborted) return;
      const again_in_ms = Math.min(TIMES.backoff_first * 2 ** failures, TIMES.backoff_longest);
      this.#log("warn", problem, { again_in_ms });
      await this.#wait(again_in_ms);
      if (this.#closed.signal.aborted) return;
    }
  }

  /** From a start to the end of the connection. `served`: how long it was ready, in milliseconds. */
  async #serve(): Promise<{ readonly problem: string; readonly served: number }> {
    const { clock, open, redact } = this.#parts;
    const { signal } = this.#closed;
    let ready: number | null = null;
    let problem: string;
    try {
      this.#become({ state: "connecting" });
      await this.#announce();
      const relist = (): void => void this.#relist();
      const said = (line: string): void => this.#log("debug", "said", { said: redact(line) });
      this.#connection = await open({ relist, said }, signal);
      signal.throwIfAborted();
      await this.#listAll(this.#connection);
      ready = clock.now();
      problem = await this.#connection.ended;
    } catch (error) {
      problem = messageOf(error);
    }
    await this.#connection?.close("was closed");
    this.#connection = null;
    return { problem: redact(cleanLine(problem, PROBLEM_LENGTH)), served: ready === null ? 0 : clock.now() - ready };
  }

  /** Shows what is going to run where it is not what ran before. */
  async #announce(): Promise<void> {
    const seen = await this.#parts.pins?.server(this.#server);
    if (seen === undefined || seen === "same") return;
    const target = "url" in this.#server ? [this.#server.url] : [this.#server.command, ...(this.#server.args ?? [])];
    const fields = { target: target.map(this.#parts.redact) };
    if (seen === "first") this.#log("info", "is used for the first time", fields);
    else this.#log("warn", "is another than before", fields);
  }

  /** Lists anew because of an event. A server that cannot be asked is given up. */
  async #relist(): Promise<void> {
    if (this.#relisting !== "no") {
      this.#relisting = "again";
      return;
    }
    if (this.#phase.state !== "ready") return;
    const { connection } = this.#phase;
    try {
      await this.#listAll(connection);
    } catch (error) {
      await connection.close(messageOf(error));
    }
  }

  /** Lists, once more where that is asked for meanwhile. */
  async #listAll(connection: Connection): Promise<void> {
    try {
      for (this.#relisting = "again"; this.#relisting === "again"; ) {
        this.#relisting = "now";
        await this.#list(connection);
      }
    } finally {
      this.#relisting = "no";
    }
  }

  async #list(connection: Connection): Promise<void> {
    const { clock, pins } = this.#parts;
    const listed = await connection.list();
    const make = (full_name: string, foreign: ForeignTool): Tool => {
      const tool = mcpTool(full_name, foreign, clock, (args, signal, progress) =>
        this.#connectionFor(tool).call({ tool: foreign, args, signal, progress }),
      );
      return tool;
    };
    const { tools, problems, replaced } = offeredTools(this.#server, listed, this.#offered, make);
    const changed = new Set(replaced);
    for (const { tool } of tools.values()) if ((await pins?.tool(tool)) === "changed") changed.add(tool.name);
    for (const tool of changed) this.#log("warn", "changed a tool: what was allowed of it is asked again", { tool });
    if (this.#connection !== connection || this.#closed.signal.aborted) return;
    this.#offered = tools;
    const problem = problems.length === 0 ? null : cleanLine(problems.join("; "), PROBLEM_LENGTH);
    this.#become({ state: "ready", connection, problem });
  }

  /** The connection for a call of a tool, if that is still what is offered. */
  #connectionFor(tool: Tool): Connection {
    const { name } = this.#server;
    if (this.#phase.state !== "ready") {
      const why = this.#phase.state === "failed" ? `: it ${this.#phase.problem}` : "";
      throw new Error(`The MCP server ${name} is not running${why}. Nothing was done.`);
    }
    if (this.#offered.get(tool.name)?.tool !== tool) {
      throw new Error(`The MCP server ${name} has changed or removed this tool since the run began. Nothing was done.`);
    }
    return this.#phase.connection;
  }

  #become(phase: Phase): void {
    this.#phase = phase;
    this.#parts.changed();
  }

  async #wait(ms: number): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.after(ms, waited.resolve);
    this.#closed.signal.addEventListener("abort", () => waited.resolve(), { once: true });
    await waited.promise;
    cancel();
  }

  #log(level: keyof McpLog, words: string, fields: object): void {
    const { name } = this.#server;
    this.#parts.log?.[level]({ mcp_server: name, ...fields }, `MCP server ${name} ${words}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
