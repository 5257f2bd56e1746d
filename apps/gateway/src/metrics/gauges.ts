import type { StorageState } from "../storage/storage-health.ts";
import { Gauge, type Registry } from "./prom-client.ts";

/** What is only looked at when somebody asks. */
export interface Scene {
  readonly ready: boolean;
  readonly storage: StorageState;
  /** Sessions in memory, who watches them, and how many events the one that is furthest behind has still to get. */
  readonly sessions: { readonly held: number; readonly viewers: number; readonly lag: number };
  readonly sockets: SocketCensus;
  /** Events that are not stored yet, and for how many milliseconds the commit under way has taken. */
  readonly commits: { readonly waiting: number; readonly age: number };
}

export interface SocketCensus {
  readonly open: number;
  /** Of the open ones: the client reads too slowly now. */
  readonly stalled: number;
  /** Have yet to say who they are. */
  readonly unauthenticated: number;
  /** Bytes that wait in the one that is furthest behind. */
  readonly most_waiting: number;
}

const STATES: readonly StorageState[] = ["ok", "slow", "full", "unavailable"];

/** Gauges that are set when they are read. */
export class SceneGauges {
  readonly #ready: Gauge;
  readonly #storage: Gauge<"state">;
  readonly #sessions: Gauge;
  readonly #viewers: Gauge;
  readonly #lagEvents: Gauge;
  readonly #lagBytes: Gauge;
  readonly #sockets: Gauge<"state">;
  readonly #waiting: Gauge;
  readonly #age: Gauge;

  constructor(registry: Registry) {
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] });
    const byState = (name: string, help: string): Gauge<"state"> =>
      new Gauge({ name, help, labelNames: ["state"], registers: [registry] });
    this.#ready = gauge("millrace_ready", "1 where /readyz answers 200.");
    this.#storage = byState("millrace_storage_state", "1 for the state that the storage is in.");
    this.#sessions = gauge("millrace_sessions_in_memory", "Sessions that are held in memory.");
    this.#viewers = gauge("millrace_viewers", "Cursors that follow sessions: WebSocket subscriptions, SSE streams.");
    this.#lagEvents = gauge(
      "millrace_viewer_lag_events_max",
      "Events that the viewer furthest behind has still to get.",
    );
    this.#lagBytes = gauge("millrace_viewer_lag_bytes_max", "Bytes that wait in the WebSocket furthest behind.");
    this.#sockets = byState("millrace_sockets", "WebSockets; stalled are those whose client reads too slowly now.");
    this.#waiting = gauge("millrace_commit_queue_events", "Events that are not stored yet.");
    this.#age = gauge("millrace_commit_age_seconds", "How long the commit under way has taken so far.");
  }

  set({ ready, storage, sessions, sockets, commits }: Scene): void {
    this.#ready.set(ready ? 1 : 0);
    for (const state of STATES) this.#storage.set({ state }, state === storage ? 1 : 0);
    this.#sessions.set(sessions.held);
    this.#viewers.set(sessions.viewers);
    this.#lagEvents.set(sessions.lag);
    this.#lagBytes.set(sockets.most_waiting);
    this.#sockets.set({ state: "open" }, sockets.open - sockets.stalled);
    this.#sockets.set({ state: "stalled" }, sockets.stalled);
    this.#sockets.set({ state: "unauthenticated" }, sockets.unauthenticated);
    this.#waiting.set(commits.waiting);
    this.#age.set(commits.age / 1_000);
  }
}
