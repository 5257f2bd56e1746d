import {
  type Delegated,
  defineTool,
  type ModelChunk,
  type ModelPort,
  type RunAgentInput,
  RunBudget,
  type SubAgent,
  type Tool,
} from "@millrace/agent";
import type { FlowTask } from "@millrace/flow";
import type { EmittedEvent } from "@millrace/protocol";
import { z } from "zod";
import { runAgentPart, settledTurn, turnOf } from "./agent-part.ts";

/** What a call of an agent is named on the wire, as where a model makes it. */
const TOOL = "run_agent";

/** How a limit of the run ended it. */
export class LimitPassed extends Error {
  override readonly name = "LimitPassed";
  readonly end: Extract<EmittedEvent, { type: "error" }>;

  constructor(end: Extract<EmittedEvent, { type: "error" }>) {
    super(end.message);
    this.end = end;
  }
}

/** The agents that a flow's steps call: each call is one of `run_agent`, with what the agent does nested in it. */
export class FlowAgents {
  readonly #input: RunAgentInput;
  readonly #passed: (limit: LimitPassed) => void;
  readonly #calls = new Set<Promise<unknown>>();
  /** Of all calls: those side by side cannot read off the log what the others are spending. */
  readonly #budget = new RunBudget();
  readonly #over = new AbortController();

  /** @param passed told where a limit of the run has ended it */
  constructor(input: RunAgentInput, passed: (limit: LimitPassed) => void) {
    this.#input = input;
    this.#passed = passed;
  }

  /** The agent's answer. Rejects where there is none, and when `signal` aborts. */
  readonly call = async (task: FlowTask, signal: AbortSignal): Promise<string> => {
    const call = this.#call(task, AbortSignal.any([signal, this.#over.signal]));
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  };

  /** Breaks off the calls that nobody waits for any more; none writes anything when it resolves. */
  async end(): Promise<void> {
    this.#over.abort(new DOMException("The flow has ended.", "AbortError"));
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
  }

  async #call({ task, agent }: FlowTask, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const input = this.#input;
    const own: string[] = [];
    const ended: { result: Extract<EmittedEvent, { type: "tool_result" }> | null } = { result: null };
    let answer: Delegated | null = null;
    const tool = agentTool((delegated) => {
      answer = delegated;
    });
    const end = await runAgentPart(input, {
      turn: settledTurn(turnOf(await input.view(), input.run_id)),
      model: callingModel(input.ids(), { task, ...(agent === undefined ? {} : { agent }) }),
      tools: [tool],
      delegates: (name) => this.#subAgent(name),
      signal,
      budget: this.#budget,
      passes: (event) => {
        if (event.type === "circuit_breaker") return true;
        if (event.type === "tool_call") own.push(event.tool_call_id);
        if (event.type === "tool_call_delta" || event.type === "interaction_request" || !("tool_call_id" in event))
          return false;
        if (event.type === "tool_result" && event.tool_call_id === own[0]) ended.result = event;
        return own.includes(event.tool_call_id);
      },
    });
    signal.throwIfAborted();
    if (end?.type === "error" && end.reason === "circuit_breaker") {
      const limit = new LimitPassed(end);
      this.#passed(limit);
      throw limit;
    }
    const { result } = ended;
    if (result?.success === true && answer !== null) return (answer as Delegated).content;
    const why = result?.error ?? (end?.type === "error" ? end.message : "it did not end");
    throw new Error(`The agent failed: ${why}`);
  }

  #subAgent(name: string | undefined): SubAgent | null {
    const { model, tools, system, options, delegates, ids } = this.#input;
    const { token_limit, thinking } = options;
    const own = { model, tools, system, max_steps: options.max_steps };
    const agent = name === undefined ? own : (delegates?.(name) ?? null);
    return agent === null ? null : { token_limit, thinking, ...agent, model: renamed(agent.model, ids) };
  }
}

function agentTool(answered: (answer: Delegated) => void): Tool {
  return defineTool({
    name: TOOL,
    description: "Gives a task to an agent.",
    parameters: z.object({ task: z.string(), agent: z.string().optional() }),
    permission: "allow",
    execute: async ({ task, agent }, { delegate }) => {
      const answer = await delegate({ task, agent });
      if (!answer.ok) throw new Error(answer.content);
      answered(answer);
      return { content: answer.content };
    },
  });
}

/** Instead of a model that decides to call an agent, the flow does. */
function callingModel(id: string, args: FlowTask): ModelPort {
  return {
    id: "flow",
    async *stream() {
      yield [
        { type: "tool_call", id, name: TOOL, arguments: JSON.stringify(args) },
        { type: "finish", reason: "tool_calls" },
      ];
    },
  };
}

/** Agents that work side by side do not know of each other's calls: none keeps the ids that its endpoint gave. */
function renamed(model: ModelPort, ids: () => string): ModelPort {
  return {
    id: model.id,
    async *stream(request, signal) {
      const given = new Map<string, string>();
      const name = (chunk: ModelChunk): ModelChunk => {
        if (chunk.type !== "tool_call" || !chunk.id) return chunk;
        const id = given.get(chunk.id) ?? ids();
        given.set(chunk.id, id);
        return { ...chunk, id };
      };
      for await (const chunks of model.stream(request, signal)) yield chunks.map(name);
    },
  };
}
