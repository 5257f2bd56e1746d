import {
  Agents,
  Audit,
  Commands,
  Connection,
  DEFAULT_LIMITS,
  type Limits,
  type Models,
  NO_CONFIG,
  type OfferedModel,
  Principal,
  Sessions,
  Settler,
} from "@millrace/gateway/testing";
import { GroupCommit, type LogStore } from "@millrace/store";
import pino from "pino";
import type { ModelLedger } from "../kit/oracle.ts";
import { simModel } from "./model.ts";
import type { Network } from "./network.ts";
import { type Disk, SimStore } from "./store.ts";
import type { After, SimTime } from "./time.ts";
import { simTools } from "./tools.ts";

export const LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  heartbeat_ms: 3_000,
  commands_per_minute: 100_000,
  command_burst: 100_000,
  rejects_per_minute: 100_000,
  // Small, so that slow viewers, merged rows and sessions that are read again are the rule.
  socket_high_water: 2_000,
  outgoing_bytes: 64_000,
  unsettled_rows: 12,
  idle_session_ms: 4_000,
  store_retry_ms: 500,
  drain_ms: 1_500,
};

export interface SimGatewayContext {
  readonly time: SimTime;
  readonly random: () => number;
  readonly disk: Disk;
  readonly network: Network;
  readonly ledger: ModelLedger;
  /** Counts the processes, from 1. */
  readonly life: number;
  /** Milliseconds of one half of a call of the store. */
  readonly latency: () => number;
  readonly failing: number;
  readonly pace: number;
  /** Puts something between the gateway and its store. */
  readonly around?: (store: LogStore) => LogStore;
}

const silent = pino({ level: "silent" });
const nothing = (): void => {};

/** One process of the gateway: everything of it but sockets, HTTP and files. */
export class SimGateway {
  readonly #context: SimGatewayContext;
  readonly #store: SimStore;
  readonly #sessions: Sessions;
  readonly #links = new Set<Connection>();
  readonly #after: After;
  readonly #runOf = new Map<string, string>();
  #alive = true;
  #hurry: () => void = nothing;

  constructor(context: SimGatewayContext) {
    const { time, random, disk, network, ledger, life, latency, failing, pace, around = (store) => store } = context;
    this.#context = context;
    // Of a process that was killed nothing is due any more.
    this.#after = (ms, run) => time.after(ms, () => this.#alive && run());
    const after = this.#after;
    const { now } = time;
    this.#store = new SimStore(disk, { after, latency });
    const store = around(this.#store);
    const commits = new GroupCommit(store, LIMITS.commit_window_ms, {
      now,
      soon: (run) => void after(0, run),
      later: (run, ms) => after(ms, run),
    });
    let ids = 0;
    const agents = new Agents({
      models: models(),
      config: NO_CONFIG,
      tools: () => tools,
      servers: () => [],
      watchers: {
        observe: ({ run_id, session_id }) => [
          {
            model: () => simModel(run_id, session_id, { after, random, now, ledger, life, failing, pace }),
            stored: ({ event }) => {
              if (event.type === "tool_call") this.#runOf.set(event.tool_call_id, run_id);
            },
          },
        ],
        traceIdOf: () => null,
        logFileOf: () => null,
        forget: async () => {},
        close: async () => {},
      },
    });
    const runOf = (id: string): string => this.#runOf.get(id) ?? "";
    const tools = simTools({ after, random, now, ledger, runOf });
    this.#sessions = new Sessions({
      store,
      commits,
      settler: new Settler(store, silent),
      agents,
      permissions: { rules: [], store: { list: () => [], add: async () => {} }, workspace: "/" },
      limits: LIMITS,
      now,
      ids: () => `${life}-${++ids}`,
      later: after,
      random,
      log: silent,
    });
    const commands = new Commands(this.#sessions, agents, { refusal: null });
    const shared = { commands, sessions: this.#sessions, limits: LIMITS, now, later: after, log: silent };
    const audit = new Audit(silent, now);
    const meter = { rejected: nothing, closed: nothing };
    const peer = { principal: new Principal({ user_id: "local", via: "local" }, now), address: "sim" };
    let connections = 0;
    network.accept = (socket) => {
      const connection = new Connection(`${life}.${++connections}`, peer, socket, { ...shared, audit, meter });
      this.#links.add(connection);
      return connection;
    };
  }

  /** Takes up what was left open, while people come back. */
  async resume(): Promise<void> {
    await this.#sessions.resume();
  }

  /** `kill -9`. */
  kill(): void {
    const { network } = this.#context;
    this.#alive = false;
    this.#store.kill();
    network.accept = null;
    for (const link of [...network.links]) link.die();
  }

  /** SIGTERM. @param gone when the process has ended */
  drain(gone: () => void): void {
    const { network, random } = this.#context;
    network.accept = null;
    for (const connection of this.#links) connection.drain(Math.floor(random() * 1_000));
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = resolve;
    });
    this.#after(LIMITS.drain_ms, () => this.#hurry());
    // Its own timer would wait in real time.
    void this.#sessions.drain(60_000, hurried).then(() => {
      if (!this.#alive) return;
      for (const connection of this.#links) connection.close(1012, "drain");
      this.#after(500, () => {
        this.kill();
        gone();
      });
    });
  }
}

function models(): Models {
  const model: OfferedModel = {
    id: "sim",
    provider: "sim",
    context: 1_000_000,
    tool_mode: "auto",
    thinking: null,
    price: null,
    demo: false,
    // Each run gets one of its own.
    port: {
      id: "sim",
      async *stream() {
        yield [];
        throw new Error("not asked");
      },
    },
  };
  return {
    list: [model],
    default: "sim",
    source: "",
    get: (id) => (id === "sim" ? model : null),
    close: async () => {},
  };
}
