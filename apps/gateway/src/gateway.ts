import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Tool } from "@millrace/agent";
import { WS_PATH } from "@millrace/protocol";
import { GroupCommit, type LogStore, openSqliteStore } from "@millrace/store";
import type { Logger } from "pino";
import { Commands } from "./commands.ts";
import { secretsOf } from "./config/secrets.ts";
import { createApp } from "./http/app.ts";
import { Guard, type Refusal } from "./http/guard.ts";
import { refuseSocket, unreadable } from "./http/refuse-socket.ts";
import { logger } from "./logging.ts";
import type { Agents } from "./models/agents.ts";
import { openAgents } from "./models/open-agents.ts";
import { redactor } from "./redact.ts";
import { PermissionStore } from "./session/permission-store.ts";
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
  /** Instead of the built-in ones; those of the configuration are there beside them. */
  readonly tools?: readonly Tool[];
}

/** Puts everything together and listens. @throws StoreError, SettingsError, or the listener's error */
export async function startGateway(settings: Settings, parts: GatewayParts = {}): Promise<Gateway> {
  const redact = redactor(secretsOf(settings, process.env));
  const { log = logger(settings.log_level, redact), tools } = parts;
  await using opened = new AsyncDisposableStack();
  const store = await openSqliteStore(settings.data_dir);
  opened.defer(() => store.close());
  const { agents, close } = await openAgents(settings, { log, redact, tools });
  opened.defer(close);
  const gateway = new RunningGateway(settings, { store, agents, log });
  await gateway.start();
  gateway.holds(opened.move());
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
  readonly #permissions: PermissionStore;
  #server: Server = createServer();
  #url = "";
  #ready = false;
  #closing: Promise<void> | null = null;
  #hurry: () => void = () => {};

  /** What is let go of last. */
  #held = new AsyncDisposableStack();

  constructor(settings: Settings, { store, agents, log }: { store: LogStore; agents: Agents; log: Logger }) {
    const { limits } = settings;
    this.#settings = settings;
    this.#store = store;
    this.#agents = agents;
    this.#log = log;
    const now = Date.now;
    const ids = (): string => randomUUID().replaceAll("-", "").slice(0, 16);
    this.#permissions = new PermissionStore({
      data_dir: settings.data_dir,
      ids,
      now,
      damaged: (error) => log.warn({ error }, "permissions.json is damaged and was put aside: everything asks again"),
    });
    this.#sessions = new Sessions({
      store,
      commits: new GroupCommit(store, limits.commit_window_ms),
      settler: new Settler(store, log),
      agents: this.#agents,
      permissions: {
        rules: settings.config?.permissions ?? [],
        store: this.#permissions,
        workspace: settings.workspace,
      },
      limits,
      now,
      ids,
      log,
    });
    this.#commands = new Commands(this.#sessions, this.#agents);
    this.#sockets = new SocketServer({ commands: this.#commands, sessions: this.#sessions, limits, now, log });
  }

  /** Takes over what the gateway stands on, to let go of it at the end. */
  holds(opened: AsyncDisposableStack): void {
    this.#held = opened;
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
      permissions: this.#permissions,
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
    await this.#held.disposeAsync();
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
