import { type Event, isTerminal, type Usage } from "@millrace/protocol";
import type { ObservedRun, RunObserver } from "../models/run-observer.ts";
import { Counter, Gauge, type Registry } from "./prom-client.ts";

/** Counts what runs do, as it is stored. Deltas are let pass uncounted: a token costs nothing here. */
export class RunMetrics {
  readonly #open: Gauge;
  readonly #ended: Counter<"outcome" | "reason">;
  readonly #tokens: Counter<"model" | "kind">;
  readonly #cost: Counter<"model">;
  readonly #retries: Counter<"model">;
  readonly #breakers: Counter<"reason">;
  readonly #calls: Counter<"outcome">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#open = new Gauge({ name: "millrace_runs_open", help: "Runs that this process drives now.", registers });
    this.#ended = new Counter({
      name: "millrace_runs_ended_total",
      help: "Runs that ended, and why where it was with an error.",
      labelNames: ["outcome", "reason"],
      registers,
    });
    this.#tokens = new Counter({
      name: "millrace_tokens_total",
      help: "Tokens as endpoints counted them, by the run's model. Reasoning is part of output, cached of input.",
      labelNames: ["model", "kind"],
      registers,
    });
    this.#cost = new Counter({
      name: "millrace_cost_total",
      help: "Cost of the runs that were done, in the currency of the configured prices.",
      labelNames: ["model"],
      registers,
    });
    this.#retries = new Counter({
      name: "millrace_model_retries_total",
      help: "Attempts of a model call that failed and were made again.",
      labelNames: ["model"],
      registers,
    });
    this.#breakers = new Counter({
      name: "millrace_circuit_breakers_total",
      help: "Limits that runs passed.",
      labelNames: ["reason"],
      registers,
    });
    this.#calls = new Counter({
      name: "millrace_tool_calls_total",
      help: "Tool calls that have their result.",
      labelNames: ["outcome"],
      registers,
    });
  }

  /** Counts one run from here on. */
  observe({ model }: ObservedRun): RunObserver {
    let open = true;
    this.#open.inc();
    return {
      stored: ({ event }) => this.#count(event, model),
      left: () => {
        if (open) this.#open.dec();
        open = false;
      },
    };
  }

  #count(event: Event, model: string): void {
    switch (event.type) {
      case "agent_output":
      case "compact":
        return this.#spend(event.usage ?? null, model);
      case "tool_result":
        this.#calls.inc({ outcome: event.outcome });
        return this.#spend(event.usage ?? null, model);
      case "retry":
        return this.#retries.inc({ model });
      case "circuit_breaker":
        return this.#breakers.inc({ reason: event.reason });
      case "done":
        if (event.cost !== undefined) this.#cost.inc({ model }, event.cost);
    }
    if (isTerminal(event)) this.#ended.inc({ outcome: event.type, reason: event.type === "error" ? event.reason : "" });
  }

  #spend(usage: Usage | null, model: string): void {
    if (usage === null) return;
    this.#tokens.inc({ model, kind: "input" }, usage.input_tokens);
    this.#tokens.inc({ model, kind: "output" }, usage.output_tokens);
    this.#tokens.inc({ model, kind: "reasoning" }, usage.reasoning_tokens ?? 0);
    this.#tokens.inc({ model, kind: "cached" }, usage.cached_tokens ?? 0);
  }
}
