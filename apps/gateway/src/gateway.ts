import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Tool } from "@millrace/agent";
import { WS_PATH } from "@millrace/protocol";
import { GroupCommit, type LogStore, SqliteStore } from "@millrace/store";
import { workspaceTools } from "@millrace/tools";
import pino, { type Logger } from "pino";
import { Commands } from "./commands.ts";
import { createApp } from "./http/app.ts";
import { Guard, type Refusal } from "./http/guard.ts";
import { refuseSocket, unreadable } from "./http/refuse-socket.ts";
import { Agents } from "./models/agents.ts";
import { findModels } from "./models/models.ts";
import { Sessions } from "./session/sessions.ts";
import { Settler } from "./session/settler.ts";
import type { Settings } from "./settings.ts";
import { SocketServer } from "./ws/socket-server.ts";

/** Everybody in local mode: there is no sign-in, so there is one user. */
const LOCAL_USER = "local";

const CLOSE_WAIT_MS = 1_000;

export interface Gateway {
  /** `http://127.0.0.1:8000`, with the port that was really taken. */
  readonly url: string;
  /** Where the models come from, in words. */
  readonly models: string;
  /** Lets runs come to a rest, then closes everything. A second call does not wait for the runs. */
  close(): Promise<void>;
}

/** What an embedder may bring instead of the usual. */
export interface GatewayParts {
  readonly log?: Logger;
  /** Offered to every run; the workspace's tools by default. */
  readonly tools?: readonly Tool[];
}

/** Puts everything together and listens. @throws StoreError, or the listener's error */
export async function startGateway(settings: Settings, parts: GatewayParts = {}): Promise<Gateway> {
  const { workspace, log_level } = settings;
  const { log = logger(log_level), tools = workspaceTools({ workspace, clock: { now: Date.now } }) } = parts;
  const store = new SqliteStore(settings.data_dir);
  const models = await findModels(settings.model);
  const gateway = new RunningGateway(settings, store, new Agents(models, tools), log);
  try {
    await gateway.start();
  } catch (error) {
    await models.close();
    await store.close();
    throw error;
  }
  return gateway;
}

class RunningGateway implements Gateway {
  readonly #settings: Settings;
  readonly #store: LogStore;
  readonly #log: Logger;
  readonly #sessions: Sessions;
  readonly #sockets: SocketServer;
  readonly #agents: Agents;
  readonly #commands: Commands;
  #server: Server = createServer();
  #url = "";
  #ready = false;
  #closing: Promise<void> | null = null;
  #hurry: () => void = () => {};

  constructor(settings: Settings, store: LogStore, agents: Agents, log: Logger) {
    const { limits } = settings;
    this.#settings = settings;
    this.#store = store;
    this.#agents = agents;
    this.#log = log;
    const now = Date.now;
    this.#sessions = new Sessions({
      store,
      commits: new GroupCommit(store, limits.commit_window_ms),
      settler: new Settler(store, log),
      agents: this.#agents,
      limits,
      now,
      ids: () => randomUUID().replaceAll("-", "").slice(0, 16),
      log,
    });
    this.#commands = new Commands(this.#sessions, this.#agents);
    this.#sockets = new SocketServer({ commands: this.#commands, sessions: this.#sessions, limits, now, log });
  }

  get url(): string {
    return this.#url;
  }

  get models(): string {
    return this.#agents.models.source;
  }

  async start(): Promise<void> {
    const { host, port, hosts, limits, web_dir } = this.#settings;
    this.#server = createServer({
      headersTimeout: limits.headers_ms,
      requestTimeout: limits.body_ms,
      connectionsCheckingInterval: 1_000,
    });
    await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(port, host, resolve));
    const taken = (this.#server.address() as AddressInfo).port;
    const guard = new Guard(taken, hosts);
    const app = createApp({
      guard,
      agents: this.#agents,
      commands: this.#commands,
      sessions: this.#sessions,
      store: this.#store,
      limits,
      web_dir,
      ready: () => this.#ready,
      user_id: LOCAL_USER,
      log: this.#log,
    });
    this.#server.on("request", app);
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(guard, request, socket, head));
    this.#server.on("clientError", (error, socket) => refuseSocket(socket, unreadable(error)));
    this.#url = `http://${host.includes(":") ? `[${host}]` : host}:${taken}`;
    const resumed = await this.#sessions.resume();
    if (resumed > 0) this.#log.info({ sessions: resumed }, "took up what was left open");
    this.#ready = true;
  }

  close(): Promise<void> {
    if (this.#closing !== null) this.#hurry();
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    const { limits } = this.#settings;
    this.#ready = false;
    this.#sockets.drain(limits.drain_spread_ms);
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = resolve;
    });
    await this.#sessions.drain(limits.drain_ms, hurried);
    await this.#sockets.close(CLOSE_WAIT_MS);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#agents.models.close();
    await this.#store.close();
  }

  #upgrade(guard: Guard, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const refusal = guard.check(request) ?? this.#upgradeRefusal(request);
    if (refusal !== null) return refuseSocket(socket, refusal);
    this.#sockets.upgrade(request, socket, head, LOCAL_USER);
  }

  #upgradeRefusal(request: IncomingMessage): Refusal | null {
    if (request.headers.upgrade?.toLowerCase() !== "websocket") {
      return { status: 400, code: "bad_request", message: "Only WebSocket upgrades are served." };
    }
    const path = (request.url ?? "").split("?")[0];
    return path === WS_PATH ? null : { status: 404, code: "not_found", message: "No WebSocket here." };
  }
}

/** Log lines go to the error stream: the output stream holds the one line that says where the gateway listens. */
function logger(level: string): Logger {
  return pino({ level, base: null, serializers: { error: pino.stdSerializers.err } }, pino.destination(2));
}
