import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Redact, Tool } from "@millrace/agent";
import type { Notice } from "@millrace/protocol";
import { GroupCommit, type LogStore, StoreError } from "@millrace/store";
import type { Logger } from "pino";
import { Attachments } from "./attachments/attachments.ts";
import { inDataFolder } from "./attachments/backup-folder.ts";
import { Auth } from "./auth/auth.ts";
import { Shares } from "./auth/shares.ts";
import { Commands } from "./commands.ts";
import { KnownSecrets } from "./config/known-secrets.ts";
import { NO_CONFIG } from "./config/schema.ts";
import { secretsOf } from "./config/secrets.ts";
import { aboutGateway } from "./http/about.ts";
import { createApp } from "./http/app.ts";
import { Guard } from "./http/guard.ts";
import { refuseSocket, UNMET, unreadable } from "./http/refuse-socket.ts";
import { logger } from "./logging.ts";
import type { Scene } from "./metrics/gauges.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Agents } from "./models/agents.ts";
import type { Endpoints } from "./models/endpoints.ts";
import { openAgents } from "./models/open-agents.ts";
import { PermissionStore } from "./session/permission-store.ts";
import { Sessions } from "./session/sessions.ts";
import { Settler } from "./session/settler.ts";
import type { Settings } from "./settings.ts";
import { openStorage, type Storage } from "./storage/open-storage.ts";
import { storageNotice, takesWork } from "./storage/storage-notice.ts";
import { SocketServer } from "./ws/socket-server.ts";
import { Upgrades } from "./ws/upgrades.ts";

const ids = (): string => randomUUID().replaceAll("-", "").slice(0, 16);

const CLOSE_WAIT_MS = 1_000;

/** How often files are looked for that no message names. */
const SWEEP_MS = 10 * 60 * 1_000;

export interface Gateway {
  /** `http://127.0.0.1:8000`, with the port that was really taken. */
  readonly url: string;
  /** Where the models come from, in words. */
  readonly models: string;
  /** Copies what is stored now into a new file in the data folder. @returns its path @throws StoreError */
  backup(): Promise<string>;
  /** Logs a rejection that nobody waited for: a tool's, mostly. */
  strayed(error: unknown): void;
  /** Lets runs come to a rest, then closes everything. A second call does not wait for the runs. */
  close(): Promise<void>;
}

/** What an embedder may bring instead of the usual. */
export interface GatewayParts {
  readonly log?: Logger;
  /** Instead of the built-in ones; those of the configuration are there beside them. */
  readonly tools?: readonly Tool[];
  /** Instead of the SQLite file in the data folder. The gateway closes it. */
  readonly store?: LogStore;
}

/** Puts everything together and listens. @throws StoreError, SettingsError, or the listener's error */
export async function startGateway(settings: Settings, parts: GatewayParts = {}): Promise<Gateway> {
  const secrets = new KnownSecrets(secretsOf(settings, process.env));
  const { redact } = secrets;
  const { log = logger(settings.log_level, redact), tools } = parts;
  await using opened = new AsyncDisposableStack();
  // It is loaded while the store's thread starts.
  const loading = import("./metrics/metrics.ts").then(({ Metrics }) => new Metrics());
  const storage = await openStorage(settings, { store: parts.store, meter: loading });
  opened.defer(() => storage.store.close());
  const metrics = await loading;
  opened.defer(() => metrics.close());
  const opening = openAgents(settings, { log, secrets, store: storage.store, tools, metrics });
  const { agents, endpoints, close } = await opening;
  opened.defer(close);
  const gateway = new RunningGateway(settings, { storage, metrics, agents, endpoints, redact, log });
  await gateway.start();
  gateway.holds(opened.move());
  return gateway;
}

interface RunningParts {
  readonly storage: Storage;
  readonly metrics: Metrics;
  readonly agents: Agents;
  readonly endpoints: Endpoints;
  readonly redact: Redact;
  readonly log: Logger;
}

class RunningGateway implements Gateway {
  readonly #settings: Settings;
  readonly #storage: Storage;
  readonly #metrics: Metrics;
  readonly #redact: Redact;
  readonly #commits: GroupCommit;
  readonly #log: Logger;
  readonly #sessions: Sessions;
  readonly #sockets: SocketServer;
  readonly #agents: Agents;
  readonly #endpoints: Endpoints;
  readonly #commands: Commands;
  readonly #permissions: PermissionStore;
  readonly #attachments: Attachments;
  readonly #sweeping: NodeJS.Timeout;
  readonly #auth: Auth;
  readonly #shares: Shares;
  #port = 0;
  #server: Server = createServer();
  #url = "";
  #ready = false;
  #closing: Promise<void> | null = null;
  #hurry: () => void = () => {};

  /** What is let go of last. */
  #held = new AsyncDisposableStack();

  constructor(settings: Settings, { storage, metrics, agents, endpoints, redact, log }: RunningParts) {
    const { limits } = settings;
    const { store, health } = storage;
    this.#settings = settings;
    this.#storage = storage;
    this.#metrics = metrics;
    this.#redact = redact;
    this.#commits = new GroupCommit(store, limits.commit_window_ms);
    this.#agents = agents;
    this.#endpoints = endpoints;
    this.#log = log;
    const now = Date.now;
    this.#permissions = new PermissionStore({
      data_dir: settings.data_dir,
      ids,
      now,
      damaged: (error) => log.warn({ error }, "permissions.json is damaged and was put aside: everything asks again"),
    });
    this.#attachments = new Attachments({
      folder: inDataFolder(settings.data_dir),
      limits,
      quota_bytes: (settings.config ?? NO_CONFIG).attachments.quota_mib * 1024 * 1024,
      ids,
      now,
      full: () => health.state === "full",
      exists: async (session_id) => (await store.sessions.get(session_id)) !== null,
    });
    this.#sweeping = setInterval(() => void this.#sweep(), SWEEP_MS).unref();
    this.#sessions = new Sessions({
      store,
      commits: this.#commits,
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
      attachments: this.#attachments,
    });
    this.#shares = new Shares(limits, now);
    this.#commands = new Commands(this.#sessions, this.#agents, health, this.#attachments, this.#shares);
    const { auth = null, data_dir } = settings;
    this.#auth = new Auth({ auth, port: () => this.#port, data_dir, limits, now, log });
    const { audit } = this.#auth;
    const standing = (): Notice | null => (health.state === "ok" ? null : storageNotice(health.state));
    const context = {
      commands: this.#commands,
      sessions: this.#sessions,
      limits,
      now,
      log,
      audit,
      meter: metrics,
      shares: this.#shares,
      standing,
    };
    this.#sockets = new SocketServer(context, this.#auth);
    health.onChange((state) => {
      log.warn({ state }, "the storage's state has changed");
      this.#sockets.notice(storageNotice(state));
    });
    health.onLost(() => void this.#sessions.lost(new StoreError("unavailable", "It was not stored in time.")));
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
    this.#port = (this.#server.address() as AddressInfo).port;
    const guard = new Guard(this.#port, hosts, host);
    const auth = this.#auth;
    const app = createApp({
      guard,
      auth,
      agents: this.#agents,
      about: aboutGateway(this.#settings, this.#agents, () => this.#endpoints.kept),
      endpoints: this.#endpoints,
      commands: this.#commands,
      sessions: this.#sessions,
      permissions: this.#permissions,
      attachments: this.#attachments,
      now: Date.now,
      store: this.#storage.store,
      storage: this.#storage.health,
      metrics: this.#metrics,
      scene: () => this.#scene(),
      redact: this.#redact,
      ids,
      limits,
      shares: this.#shares,
      web_dir,
      ready: () => this.#ready,
      log: this.#log,
    });
    this.#server.on("request", app);
    const upgrades = new Upgrades({ guard, auth, sockets: this.#sockets, limits, now: Date.now, log: this.#log });
    this.#server.on("upgrade", (request, socket, head) => void upgrades.take(request, socket, head));
    this.#server.on("clientError", (error, socket) => refuseSocket(socket, unreadable(error)));
    this.#server.on("checkExpectation", ({ socket }) => refuseSocket(socket, UNMET));
    this.#url = `http://${host.includes(":") ? `[${host}]` : host}:${this.#port}`;
    const resumed = await this.#sessions.resume();
    if (resumed > 0) this.#log.info({ sessions: resumed }, "took up what was left open");
    this.#ready = true;
  }

  backup(): Promise<string> {
    return this.#attachments.copyBeside(() => this.#storage.backup());
  }

  strayed(error: unknown): void {
    this.#log.error({ error }, "a promise was rejected that nobody waited for");
  }

  /** Removes files that nobody has sent. */
  async #sweep(): Promise<void> {
    const removed = await this.#attachments.sweep().catch((error: unknown) => {
      this.#log.warn({ error }, "could not look for files that nobody has sent");
      return 0;
    });
    if (removed > 0) this.#log.info({ removed }, "removed files that no message names");
  }

  async #scene(): Promise<Scene> {
    const { state } = this.#storage.health;
    const { waiting, age } = this.#commits;
    return {
      ready: this.#ready && takesWork(state),
      storage: state,
      sessions: await this.#sessions.census(),
      sockets: this.#sockets.census,
      commits: { waiting, age },
    };
  }

  close(): Promise<void> {
    if (this.#closing !== null) this.#hurry();
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    const { limits } = this.#settings;
    clearInterval(this.#sweeping);
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
}
