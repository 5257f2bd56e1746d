import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "./prom-client.ts";

const QUANTILES = [0.5, 0.99, 1] as const;
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

/** The process: the delays of its event loop between two readings, its CPU time and memory. */
export class ProcessMetrics {
  readonly #delay: Gauge<"quantile">;
  readonly #cpu: Counter;
  readonly #memory: Gauge;
  readonly #heap: Gauge;
  /** Measures from the first reading on: where nobody reads, no timer runs. */
  #delays: ReturnType<typeof monitorEventLoopDelay> | null = null;
  #counted = 0;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#delay = new Gauge({
      name: "millrace_event_loop_delay_seconds",
      help: "How late the event loop was since the reading before this one.",
      labelNames: ["quantile"],
      registers,
    });
    this.#cpu = new Counter({
      name: "process_cpu_seconds_total",
      help: "User and system CPU time of all threads.",
      registers,
    });
    this.#memory = new Gauge({ name: "process_resident_memory_bytes", help: "Resident memory.", registers });
    this.#heap = new Gauge({ name: "nodejs_heap_size_used_bytes", help: "JavaScript heap in use.", registers });
    const started = Date.now() / 1_000 - process.uptime();
    new Gauge({ name: "process_start_time_seconds", help: "When the process began, Unix time.", registers }).set(
      started,
    );
  }

  read(): void {
    const { user, system } = process.cpuUsage();
    this.#cpu.inc((user + system) / 1e6 - this.#counted);
    this.#counted = (user + system) / 1e6;
    const { rss, heapUsed } = process.memoryUsage();
    this.#memory.set(rss);
    this.#heap.set(heapUsed);
    const delays = this.#delays;
    // A sample holds the whole time between two ticks of its timer.
    const late = (quantile: number): number =>
      delays === null || delays.count === 0
        ? 0
        : Math.max(0, delays.percentile(quantile * 100) / NANOSECONDS - RESOLUTION_MS / 1_000);
    for (const quantile of QUANTILES) this.#delay.set({ quantile }, late(quantile));
    this.#delays ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delays.enable();
    this.#delays.reset();
  }

  close(): void {
    this.#delays?.disable();
  }
}
