import { CLOSE_CODES, type RejectCode } from "@millrace/protocol";
import { StoreError } from "@millrace/store";
import type { ObservedRun, RunObserver } from "../models/run-observer.ts";
import type { CommitMeter } from "../storage/watched-store.ts";
import { type Scene, SceneGauges } from "./gauges.ts";
import type { DoorMeter } from "./meters.ts";
import { ProcessMetrics } from "./process-metrics.ts";
import { Counter, Histogram, Registry } from "./prom-client.ts";
import { RunMetrics } from "./run-metrics.ts";

/** Ours, and those that clients close with. Every other one counts as `other`, as it is theirs to choose. */
const KNOWN_CODES: ReadonlySet<number> = new Set([...Object.values(CLOSE_CODES), 1000, 1001, 1005, 1006]);

/**
 * What `/metrics` shows of one gateway. Counted is per commit, run, refusal and socket, never per token; no label names
 * a session, a user or anything that was said.
 */
export class Metrics implements CommitMeter, DoorMeter {
  readonly content_type: string;
  readonly #registry = new Registry();
  readonly #runs = new RunMetrics(this.#registry);
  readonly #scene = new SceneGauges(this.#registry);
  readonly #process = new ProcessMetrics(this.#registry);
  readonly #commits: Histogram;
  readonly #events: Counter;
  readonly #failures: Counter<"code">;
  readonly #rejects: Counter<"door" | "code">;
  readonly #closes: Counter<"code">;

  constructor() {
    const registers = [this.#registry];
    this.content_type = this.#registry.contentType;
    this.#commits = new Histogram({
      name: "millrace_commit_seconds",
      help: "Time in which a commit of all sessions was stored.",
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
      registers,
    });
    this.#events = new Counter({ name: "millrace_events_stored_total", help: "Events stored, as merged.", registers });
    this.#failures = new Counter({
      name: "millrace_commit_failures_total",
      help: "Commits that failed.",
      labelNames: ["code"],
      registers,
    });
    this.#rejects = new Counter({
      name: "millrace_rejects_total",
      help: "Commands and requests that were understood and refused.",
      labelNames: ["door", "code"],
      registers,
    });
    this.#closes = new Counter({
      name: "millrace_socket_closes_total",
      help: "WebSockets that were closed, by us or by their clients.",
      labelNames: ["code"],
      registers,
    });
  }

  committed(seconds: number, events: number): void {
    this.#commits.observe(seconds);
    this.#events.inc(events);
  }

  failed(error: unknown): void {
    this.#failures.inc({ code: error instanceof StoreError ? error.code : "unavailable" });
  }

  rejected(door: "ws" | "http", code: RejectCode): void {
    this.#rejects.inc({ door, code });
  }

  closed(code: number): void {
    this.#closes.inc({ code: KNOWN_CODES.has(code) ? String(code) : "other" });
  }

  observe(run: ObservedRun): readonly RunObserver[] {
    return [this.#runs.observe(run)];
  }

  /** All of it, in Prometheus' text format. */
  async text(scene: Scene): Promise<string> {
    this.#scene.set(scene);
    this.#process.read();
    return this.#registry.metrics();
  }

  close(): void {
    this.#process.close();
  }
}
