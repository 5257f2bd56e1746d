import { ModelError, type ModelPort, type RunAgentInput, type SubAgent, type Tool } from "@millrace/agent";
import type { RunnableFlow } from "@millrace/flow";
import { DEFAULT_MAX_STEPS, type NewEventOf, type RunOptions } from "@millrace/protocol";
import type { AgentConfig, Config, LimitsConfig } from "../config/schema.ts";
import { SettingsError } from "../settings-error.ts";
import { DEFAULT_CONTEXT, type Models, type OfferedModel } from "./models.ts";
import { checkReferences } from "./references.ts";
import type { ObservedRun, RunObserver } from "./run-observer.ts";
import type { ServerStatus } from "./tool-box.ts";
import { names } from "./tool-names.ts";
import type { Watchers } from "./watchers.ts";

/** Everything a run is driven with. */
export interface AgentSetup {
  readonly model: ModelPort;
  readonly tools: readonly Tool[];
  /** What else the agent is given, as it is given. */
  readonly input: Pick<RunAgentInput, "system" | "limits" | "price" | "compaction" | "delegates">;
  readonly thinking: RunAgentInput["options"]["thinking"];
  /** Whether the model takes images: no by default. */
  readonly images?: boolean;
  /** Answers instead of the model, where there is one. */
  readonly flow?: RunnableFlow | undefined;
  readonly observers: readonly RunObserver[];
  /** Where the run is written down; null: nowhere. */
  readonly log_file: string | null;
}

type Start = Omit<NewEventOf<"session_start">, "type" | "ts" | "run_id" | "message_ids">;

export interface AgentsParts {
  readonly models: Models;
  readonly config: Config;
  /** All there are now; those of other programs come and go. */
  readonly tools: () => readonly Tool[];
  readonly servers: () => readonly ServerStatus[];
  readonly watchers: Watchers;
}

const SYSTEM = `You are a helpful agent. Answer in the language of the question, in Markdown where it helps.
Use the tools when they are needed, and say what you did not find rather than guess.`;

const DEFAULT_AGENT: AgentConfig = { description: "Answers, with all the tools there are." };

/** The agents there are, and which of them, with which model and tools, a message's options ask for. */
export class Agents {
  readonly models: Models;
  readonly #config: Config;
  readonly #tools: () => readonly Tool[];
  readonly #servers: () => readonly ServerStatus[];
  readonly #watchers: Watchers;
  readonly #agents: ReadonlyMap<string, AgentConfig>;

  /** @throws SettingsError where the configuration names an agent or a model that there is not */
  constructor({ models, config, tools, servers, watchers }: AgentsParts) {
    this.models = models;
    this.#config = config;
    this.#tools = tools;
    this.#servers = servers;
    this.#watchers = watchers;
    this.#agents = new Map(Object.entries({ default: DEFAULT_AGENT, ...config.agents }));
    if (!this.#agents.has(config.default_agent))
      throw new SettingsError("default_agent: there is no agent of that name.");
    checkReferences(config, models);
  }

  get tools(): readonly Tool[] {
    return this.#tools();
  }

  /** The MCP servers, and whether each is there. */
  get servers(): readonly ServerStatus[] {
    return this.#servers();
  }

  /** Name and description of each agent, and which answers where nobody chose one. */
  get list(): { readonly agents: readonly { name: string; description: string }[]; readonly default: string } {
    const agents = [...this.#agents].map(([name, { description = "" }]) => ({ name, description }));
    return { agents, default: this.#config.default_agent };
  }

  has(model: string): boolean {
    return this.models.get(model) !== null;
  }

  hasAgent(name: string): boolean {
    return this.#agents.has(name);
  }

  /** What `session_start` says of a run with these options. */
  start(options: RunOptions, run_id: string): Start {
    const trace_id = this.#watchers.traceIdOf(run_id);
    const { name, agent, model_id, model } = this.#chosen(options);
    const limit = options.limits?.token_limit ?? Number.POSITIVE_INFINITY;
    return {
      model: model_id,
      agent: name,
      max_steps: options.max_steps ?? agent?.max_steps ?? DEFAULT_MAX_STEPS,
      token_limit: Math.min(model?.context ?? DEFAULT_CONTEXT, limit),
      tools: this.#offered(agent, options).map((tool) => tool.name),
      ...(trace_id === null ? {} : { trace_id }),
    };
  }

  setup(options: RunOptions, run: Pick<ObservedRun, "run_id" | "session_id" | "resumed">): AgentSetup {
    const { name, agent, model_id, model } = this.#chosen(options);
    const provider = model?.provider ?? "";
    const observers = this.#watchers.observe({ ...run, agent: name, model: model_id, provider });
    const watched = (port: ModelPort): ModelPort =>
      observers.reduce((around, observer) => observer.model?.(around) ?? around, port);
    return {
      // What was chosen can have left the configuration between a message and its run: the run then says so.
      model: watched(agent === null ? missingAgent(name) : (model?.port ?? missingModel(model_id))),
      tools: this.#offered(agent, options),
      input: {
        system: agent?.system ?? SYSTEM,
        limits: this.#limits(agent, options),
        price: model?.price ?? undefined,
        compaction: this.#config.compaction,
        delegates: (named) => this.#delegate(named, { ...options, model: model_id }, model, watched),
      },
      thinking: options.thinking ?? model?.thinking ?? undefined,
      images: model?.images ?? false,
      flow: agent?.flow,
      observers,
      log_file: this.#watchers.logFileOf(run.run_id),
    };
  }

  /** These runs' session is removed: what was written down of them goes too. */
  forget(run_ids: readonly string[]): Promise<void> {
    return this.#watchers.forget(run_ids);
  }

  #chosen(options: RunOptions): {
    name: string;
    agent: AgentConfig | null;
    model_id: string;
    model: OfferedModel | null;
  } {
    const name = options.agent ?? this.#config.default_agent;
    const agent = this.#agents.get(name) ?? null;
    const model_id = options.model ?? agent?.model ?? this.models.default;
    return { name, agent, model_id, model: this.models.get(model_id) };
  }

  /** @param own the run's model, which it keeps although the configuration may have lost it meanwhile */
  #delegate(
    name: string | undefined,
    options: RunOptions,
    own: OfferedModel | null,
    watched: (port: ModelPort) => ModelPort,
  ): SubAgent | null {
    if (name === undefined) return null;
    const agent = this.#agents.get(name);
    // A flow has no model to hand a task to.
    if (agent === undefined || agent.flow !== undefined) return null;
    const model_id = agent.model ?? options.model ?? this.models.default;
    const { max_steps } = agent;
    const model = agent.model === undefined ? own : this.models.get(model_id);
    const limit = options.limits?.token_limit ?? Number.POSITIVE_INFINITY;
    return {
      model: watched(model?.port ?? missingModel(model_id)),
      token_limit: Math.min(model?.context ?? DEFAULT_CONTEXT, limit),
      price: model?.price ?? null,
      thinking: options.thinking ?? model?.thinking ?? undefined,
      // What the message shut out stays shut out.
      tools: this.#offered(agent, options),
      system: agent.system ?? SYSTEM,
      ...(max_steps === undefined ? {} : { max_steps }),
    };
  }

  #offered(agent: AgentConfig | null, { include_tools, exclude_tools }: RunOptions): readonly Tool[] {
    return this.tools.filter(
      ({ name }) =>
        (agent?.tools === undefined || names(agent.tools, name)) &&
        (include_tools?.includes(name) ?? true) &&
        !(exclude_tools?.includes(name) ?? false),
    );
  }

  #limits(agent: AgentConfig | null, { limits }: RunOptions): RunAgentInput["limits"] {
    const configured: LimitsConfig = { ...this.#config.limits, ...agent?.limits };
    return withoutGaps({
      token_limit: limits?.token_limit ?? configured.tokens,
      cost_limit: limits?.cost_limit ?? configured.cost,
      time_limit: limits?.time_limit ?? configured.time_s,
      repeated_calls: configured.repeated_calls,
      failed_calls: configured.failing_tools,
      calls: configured.tool_calls,
    });
  }
}

function withoutGaps<T extends object>(limits: T): T {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as T;
}

const missingAgent = (name: string): ModelPort => failing(name, "The agent is not configured any more.");
const missingModel = (id: string): ModelPort => failing(id, "The model is not configured any more.");

function failing(id: string, message: string): ModelPort {
  return {
    id,
    // biome-ignore lint/correctness/useYield: a port that only fails
    async *stream() {
      throw new ModelError("unknown_model", message, { retryable: false });
    },
  };
}
