import { addUsage, type EmittedEvent, NO_USAGE, type Usage } from "@millrace/protocol";
import { askModel } from "./ask-model.ts";
import type { Attempt } from "./attempt.ts";
import { modelFailure } from "./end.ts";
import type { Delegate, Delegating } from "./execute-call.ts";
import type { RunAgentInput, SubAgent } from "./input.ts";
import { assistantMessage, modelCall, NO_RESULT, toolMessage } from "./messages.ts";
import { ModelError } from "./model-port.ts";
import type { Outbox } from "./outbox.ts";
import type { People } from "./people.ts";
import { costOf } from "./price.ts";
import { attemptsAfter } from "./retry.ts";
import { runTools } from "./run-tools.ts";
import { addSpent, type Spending, type Spent } from "./spending.ts";
import { argsOf, type StepOutput, StepWriter } from "./step-writer.ts";
import { SubAgentContext } from "./sub-agent-context.ts";
import { type Delegated, describeTool, type Tool } from "./tool.ts";
import { cancelled } from "./tool-result.ts";

/** Model calls of a sub-agent that says no other limit. */
const STEPS = 20;

/** What sub-agents share with the run they are part of. */
interface Shared {
  readonly input: RunAgentInput;
  readonly outbox: Outbox;
  readonly people: People;
  readonly claim: (model_id: string) => string;
  readonly random: () => number;
  /** Whether a model may be asked now; otherwise the run is over and its signal has aborted. */
  readonly mayAsk: () => Promise<boolean>;
  readonly spending: Spending;
}

/** Finds the sub-agent that a call asks for, and runs it. */
export function delegateWith(shared: Shared): Delegate {
  return async ({ task, agent }, call) => {
    const { input } = shared;
    const found = input.delegates?.(agent) ?? null;
    if (found === null && agent !== undefined) throw new Error(`There is no agent ${JSON.stringify(agent)}.`);
    if (task.trim() === "") throw new Error("The task is empty.");
    return new SubAgentRun(found ?? ownAgent(input), task, call, shared).toEnd();
  };
}

/** One like the run's own. What it spends is reckoned as the run's is. */
function ownAgent({ model, tools, system }: RunAgentInput): SubAgent {
  return { model, tools, system };
}

/**
 * A sub-agent's run within a tool call: a conversation of its own, and nothing in the log but the call's output, the
 * calls it makes, and their results.
 */
class SubAgentRun {
  readonly #agent: SubAgent;
  readonly #call: Delegating;
  readonly #shared: Shared;
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #context: SubAgentContext;
  readonly #max_steps: number;
  #steps = 0;
  #usage: Usage = NO_USAGE;
  /** Spent since the log last told: the next call that it makes tells it. */
  #untold: Spent = {};
  #text = "";
  /** Something of an earlier model call was shown: a line apart from what comes. */
  #apart = false;

  constructor(agent: SubAgent, task: string, call: Delegating, shared: Shared) {
    this.#agent = agent;
    this.#call = call;
    this.#shared = shared;
    const others = agent.tools.filter(({ name }) => name !== call.tool_name);
    this.#tools = new Map(others.map((tool) => [tool.name, tool]));
    const { model, system, token_limit = shared.input.options.token_limit } = agent;
    this.#context = new SubAgentContext({
      task,
      system,
      tools: others.map(describeTool),
      model,
      token_limit,
      input: shared.input,
      signal: call.signal,
      spent: (usage) => this.#count(this.#priced(usage)),
    });
    this.#max_steps = agent.max_steps ?? STEPS;
  }

  /** Rejects when its signal aborts; then all its calls are closed. */
  async toEnd(): Promise<Delegated> {
    const { signal } = this.#call;
    while (this.#steps < this.#max_steps) {
      if (!(await this.#shared.mayAsk())) signal.throwIfAborted();
      const ended = await this.#step();
      signal.throwIfAborted();
      if (ended !== null) return { ...ended, usage: this.#usage, steps: this.#steps };
    }
    const said = this.#text.trim() === "" ? "" : ` It last said:\n${this.#text}`;
    const content = `The sub-agent ended at its limit of ${this.#max_steps} steps.${said}`;
    return { ok: false, content, usage: this.#usage, steps: this.#steps };
  }

  /** One model call and the tools it calls. Null: another step follows, unless it is stopped. */
  async #step(): Promise<Pick<Delegated, "ok" | "content"> | null> {
    await this.#context.fit();
    let asked = await this.#ask();
    if (asked.ending === "failed" && isTooLong(asked.error) && (await this.#context.shorten())) {
      this.#call.output("\n[Asked again: the conversation was too long.]\n");
      asked = await this.#ask();
    }
    await this.#show(asked.rest);
    if (asked.ending === "stopped") return null;
    if (asked.ending === "failed") return { ok: false, content: modelFailure(asked.error).message };
    const { text, calls, usage } = asked.output;
    const spent = usage === null ? {} : this.#priced(usage);
    this.#steps += 1;
    this.#count({ ...spent, steps: 1 });
    this.#text = text;
    if (text !== "") this.#apart = true;
    if (calls.length === 0) return { ok: true, content: text };
    await this.#run(asked.output);
    return null;
  }

  async #ask(): Promise<Attempt> {
    const { input, claim, random } = this.#shared;
    const { signal } = this.#call;
    const { model, system = null, thinking = input.options.thinking ?? null } = this.#agent;
    const tools = [...this.#tools.values()].map(describeTool);
    const { asked } = await askModel({
      model,
      request: { system, messages: this.#context.messages, tools, thinking },
      attempts: attemptsAfter(),
      clock: input.clock,
      random,
      signal,
      writer: () => new StepWriter(input.ids, claim),
      show: this.#show,
      voided: async ({ content }) => {
        this.#call.output(`\n[Asked again: ${content}]\n`);
        return !signal.aborted;
      },
    });
    return asked;
  }

  async #run({ text, reasoning, calls, usage, provider_data }: StepOutput): Promise<void> {
    const { outbox, people, input } = this.#shared;
    const { signal, away, tool_call_id: parent_tool_call_id } = this.#call;
    const called = calls.map((call) => modelCall({ ...call, args: argsOf(call) }));
    const said = assistantMessage(text, called, reasoning, provider_data);
    if (said !== null) this.#context.push(said, usage);
    if (signal.aborted) return;
    const { usage: model_usage, cost: model_cost } = this.#untold;
    this.#untold = {};
    for (const [index, call] of calls.entries()) {
      const { tool_call_id, tool_name } = call;
      const args = argsOf(call);
      const spent = index > 0 || model_usage === undefined ? {} : { model_usage };
      const paid = index > 0 || model_cost === undefined ? {} : { model_cost };
      await outbox.put({ type: "tool_call", tool_call_id, tool_name, args, parent_tool_call_id, ...spent, ...paid });
    }
    const results = await runTools(calls, {
      tools: this.#tools,
      outbox,
      signal,
      clock: input.clock,
      people,
      delegate: () => Promise.reject(new Error("A sub-agent cannot run another one.")),
      spending: this.#shared.spending,
      away,
    });
    for (const call of calls) {
      const { tool_call_id } = call;
      if (outbox.open.has(tool_call_id)) await outbox.put(cancelled(call));
      this.#context.push(toolMessage(tool_call_id, results.get(tool_call_id) ?? NO_RESULT));
    }
  }

  #show = async (events: readonly EmittedEvent[]): Promise<void> => {
    for (const event of events) {
      if (event.type !== "text_delta") continue;
      if (this.#apart) this.#call.output("\n\n");
      this.#apart = false;
      this.#call.output(event.content);
    }
  };

  #priced(usage: Usage): Spent & { readonly usage: Usage } {
    const { price } = this.#agent;
    return { usage, ...(price !== undefined && { cost: price === null ? 0 : costOf(price, usage) }) };
  }

  #count(spent: Spent): void {
    this.#call.spent(spent);
    this.#untold = addSpent(this.#untold, spent);
    if (spent.usage !== undefined) this.#usage = addUsage(this.#usage, spent.usage);
  }
}

const isTooLong = (error: unknown): boolean => error instanceof ModelError && error.code === "context_length";
