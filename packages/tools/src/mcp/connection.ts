import { setTimeout as delay } from "node:timers/promises";
import {
  Client,
  type McpSubscription,
  SdkError,
  SdkErrorCode,
  type Tool as SdkTool,
} from "@modelcontextprotocol/client";
import { z } from "zod";
import { OFFERED, TIMES } from "./bounds.ts";
import { childEnv } from "./child-env.ts";
import type { McpServer } from "./config.ts";
import type { ForeignTool } from "./foreign-tool.ts";
import { HttpTransport } from "./http-transport.ts";
import { callError, startProblem } from "./outcome.ts";
import { StdioTransport } from "./stdio-transport.ts";

/** What is heard of a server besides its answers. */
export interface ServerEvents {
  /** It says that its tools changed, or there is doubt that it is there: its tools should be listed again. */
  relist(): void;
  /** For a log, as it came. */
  said(line: string): void;
}

export interface Call {
  readonly tool: ForeignTool;
  readonly args: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** A line about how far it is, as it came. */
  progress(line: string): void;
}

/** A server that has been spoken to. */
export interface Connection {
  /** The tools as the server lists them, unchecked. @throws Error whose message follows the server's name */
  list(): Promise<readonly unknown[]>;
  /** @throws ToolOutcomeUnknown; Error: the call failed; the signal's reason */
  call(call: Call): Promise<CallResult>;
  /** Resolves when the connection ended, with the reason in words that follow the server's name. */
  readonly ended: Promise<string>;
  /** Also ends what of a program is left. Without a reason of its own the connection ends for this one. */
  close(reason: string): Promise<void>;
}

export interface CallResult {
  readonly content?: unknown;
  readonly structuredContent?: unknown;
  readonly isError?: boolean | undefined;
}

/** Opens a connection. @throws Error whose message follows the server's name, and after `signal` aborted */
export type OpenConnection = (events: ServerEvents, signal: AbortSignal) => Promise<Connection>;

const CLIENT = { name: "millrace", version: "0.1.0" } as const;

const ListPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

/** The way to one server. It remembers that a program ends at being asked which protocol it speaks. */
export function connectionTo(server: McpServer): OpenConnection {
  let isLegacy = false;
  return async (events, signal) => {
    const wasLegacy = isLegacy;
    try {
      return await open(server, events, signal, wasLegacy);
    } catch (error) {
      isLegacy = !wasLegacy && isProbeDeath(server, error);
      if (!isLegacy || signal.aborted) throw new Error(problemOf(error), { cause: error });
    }
    try {
      return await open(server, events, signal, true);
    } catch (error) {
      isLegacy = false;
      throw new Error(problemOf(error), { cause: error });
    }
  };
}

/** Carries the reason for which the transport ended. */
class OpenError extends Error {
  readonly reason: string | null;

  constructor(reason: string | null, cause: unknown) {
    super(reason ?? "failed", { cause });
    this.reason = reason;
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof OpenError)) return startProblem(error);
  return error.reason ?? startProblem(error.cause);
}

/** Programs of older SDKs end when they are spoken to in another way than `initialize` first. */
function isProbeDeath(server: McpServer, error: unknown): boolean {
  const cause = error instanceof OpenError ? error.cause : null;
  return "command" in server && cause instanceof SdkError && cause.code === SdkErrorCode.EraNegotiationFailed;
}

async function open(
  server: McpServer,
  events: ServerEvents,
  signal: AbortSignal,
  isLegacy: boolean,
): Promise<Connection> {
  signal.throwIfAborted();
  const transport = transportTo(server, events);
  const client = new Client(CLIENT, {
    // What a server wants from a person or a model is not given to it, so nothing is sent a second time with an answer.
    inputRequired: { autoFulfill: false },
    versionNegotiation: { mode: "auto", probe: "command" in server ? { timeoutMs: TIMES.probe } : {} },
    jsonSchemaValidator: {
      getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
    },
    listChanged: { tools: { autoRefresh: false, debounceMs: 200, onChanged: () => events.relist() } },
  });
  client.onerror = (error) => events.said(error.message);
  const abort = (): void => void transport.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const timeout = server.start_timeout_ms ?? TIMES.start;
    await client.connect(transport, { timeout, ...(isLegacy && { prior: { kind: "legacy" } }) });
    return new OpenedConnection(server, client, transport, events);
  } catch (error) {
    const { reason } = transport;
    await transport.close();
    throw new OpenError(reason, error);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function transportTo(server: McpServer, events: ServerEvents): StdioTransport | HttpTransport {
  if ("url" in server)
    return new HttpTransport({ url: server.url, headers: server.headers ?? {}, doubted: events.relist });
  const { command, args = [], cwd, env } = server;
  return new StdioTransport({ command, args, cwd, env: childEnv(process.env, env), said: events.said });
}

class OpenedConnection implements Connection {
  readonly ended: Promise<string>;
  readonly #server: McpServer;
  readonly #client: Client;
  readonly #transport: StdioTransport | HttpTransport;
  #closedFor: string | null = null;

  constructor(server: McpServer, client: Client, transport: StdioTransport | HttpTransport, events: ServerEvents) {
    this.#server = server;
    this.#client = client;
    this.#transport = transport;
    const ended = Promise.withResolvers<string>();
    this.ended = ended.promise;
    client.onclose = () => ended.resolve(transport.reason ?? this.#closedFor ?? "ended");
    if (client.transport === undefined) client.onclose();
    const subscription = client.autoOpenedSubscription;
    if (subscription !== undefined) {
      void listen(client, subscription, events).catch((error: Error) => events.said(error.message));
    }
  }

  async list(): Promise<readonly unknown[]> {
    const tools: unknown[] = [];
    if (this.#client.getServerCapabilities()?.tools === undefined) return tools;
    const timeout = this.#server.start_timeout_ms ?? TIMES.start;
    let cursor: string | undefined;
    try {
      for (let pages = 0; pages < OFFERED.pages; pages += 1) {
        const params = cursor === undefined ? {} : { cursor };
        const page = await this.#client.request({ method: "tools/list", params }, ListPage, { timeout });
        tools.push(...page.tools.slice(0, OFFERED.tools * 8));
        cursor = page.nextCursor;
        if (cursor === undefined || tools.length > OFFERED.tools) return tools;
      }
    } catch (error) {
      throw new Error(this.#transport.reason ?? startProblem(error), { cause: error });
    }
    return tools;
  }

  async call({ tool, args, signal, progress }: Call): Promise<CallResult> {
    const timeout = this.#server.timeout_ms ?? TIMES.call;
    try {
      return await this.#client.callTool(
        { name: tool.name, arguments: { ...args } },
        {
          signal,
          timeout,
          maxTotalTimeout: timeout * TIMES.call_extensions,
          resetTimeoutOnProgress: true,
          // Given, so that the call is not sent again after another look at the list.
          toolDefinition: { name: tool.name, inputSchema: tool.input_schema as SdkTool["inputSchema"] },
          onprogress: ({ progress: done, total, message }) => {
            const count = total === undefined ? String(done) : `${done}/${total}`;
            progress(message === undefined || message === "" ? count : `${message} (${count})`);
          },
        },
      );
    } catch (error) {
      signal.throwIfAborted();
      const { name } = this.#server;
      const kind = "url" in this.#server ? "url" : "command";
      throw callError(error, { name: `The MCP server ${name}`, kind, reason: this.#transport.reason });
    }
  }

  close(reason: string): Promise<void> {
    this.#closedFor ??= reason;
    return this.#transport.close();
  }
}

/** Keeps a subscription to the newer protocol's notifications: it is a request that ends by itself at times. */
async function listen(client: Client, first: McpSubscription, events: ServerEvents): Promise<void> {
  for (let subscription = first; (await subscription.closed) !== "local" && client.transport !== undefined; ) {
    events.relist();
    await delay(TIMES.backoff_first, undefined, { ref: false });
    if (client.transport === undefined) return;
    subscription = await client.listen({ toolsListChanged: true });
  }
}
