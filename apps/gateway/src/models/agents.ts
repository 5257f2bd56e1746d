import { ModelError, type ModelPort, type ThinkingOption, type Tool } from "@millrace/agent";
import { DEFAULT_MAX_STEPS, type NewEventOf, type RunOptions } from "@millrace/protocol";
import type { Models } from "./models.ts";

/** Everything a run is driven with. */
export interface AgentSetup {
  readonly model: ModelPort;
  readonly tools: readonly Tool[];
  readonly system: string;
  readonly thinking?: ThinkingOption;
}

type Start = Pick<NewEventOf<"session_start">, "model" | "agent" | "max_steps" | "token_limit" | "tools">;

const SYSTEM = `You are a helpful agent. Answer in the language of the question, in Markdown where it helps.
Use the tools when they are needed, and say what you did not find rather than guess.`;

const TOKEN_LIMIT = 120_000;

/** Which model and tools a message's options ask for. */
export class Agents {
  readonly models: Models;
  readonly tools: readonly Tool[];

  constructor(models: Models, tools: readonly Tool[]) {
    this.models = models;
    this.tools = tools;
  }

  has(model: string): boolean {
    return this.models.get(model) !== null;
  }

  /** What `session_start` says of a run with these options. */
  start(options: RunOptions): Start {
    return {
      model: options.model ?? this.models.default,
      agent: options.agent ?? "default",
      max_steps: options.max_steps ?? DEFAULT_MAX_STEPS,
      token_limit: options.limits?.token_limit ?? TOKEN_LIMIT,
      tools: this.#offered(options).map((tool) => tool.name),
    };
  }

  setup(options: RunOptions): AgentSetup {
    const id = options.model ?? this.models.default;
    return {
      // A model can have left the configuration between a message and its run: the run then says so.
      model: this.models.get(id) ?? missingModel(id),
      tools: this.#offered(options),
      system: SYSTEM,
      ...(options.thinking === undefined ? {} : { thinking: options.thinking }),
    };
  }

  #offered({ include_tools, exclude_tools }: RunOptions): readonly Tool[] {
    return this.tools.filter(
      ({ name }) => (include_tools?.includes(name) ?? true) && !(exclude_tools?.includes(name) ?? false),
    );
  }
}

function missingModel(id: string): ModelPort {
  return {
    id,
    // biome-ignore lint/correctness/useYield: a port that only fails
    async *stream() {
      throw new ModelError("unknown_model", "The model is not configured any more.", { retryable: false });
    },
  };
}
