import { openCalls, type Turn } from "@millrace/protocol";
import { askModel, type Retry } from "./ask-model.ts";
import { Breaker } from "./breaker.ts";
import { CallIds } from "./call-ids.ts";
import { Context, openStep } from "./context.ts";
import { type End, failure, modelFailure } from "./end.ts";
import type { Delegate } from "./execute-call.ts";
import { doneReason } from "./finish.ts";
import type { RunAgentInput } from "./input.ts";
import { joinedSignal } from "./joined-signal.ts";
import { ModelError, type ModelTool } from "./model-port.ts";
import type { Outbox } from "./outbox.ts";
import { People } from "./people.ts";
import { type Attempts, afterDeath, afterTooLong, attemptsAfter } from "./retry.ts";
import { RunBudget } from "./run-budget.ts";
import { runTools } from "./run-tools.ts";
import { type Spending, spentWithin } from "./spending.ts";
import { argsOf, type CompleteCall, givenWith, type StepOutput, StepWriter } from "./step-writer.ts";
import { delegateWith } from "./sub-agent.ts";
import { answeredItems, saidIn, type TakeUp, takeUp } from "./take-up.ts";
import { describeTool, type Tool } from "./tool.ts";
import { cancelled, interrupted } from "./tool-result.ts";

/** What the run does next. */
type Next =
  /** Begin a step. */
  | { readonly kind: "step" }
  /** Ask the model, in a step that has begun. */
  | { readonly kind: "ask" }
  /** Run what the model called. */
  | { readonly kind: "tools"; readonly calls: readonly CompleteCall[] }
  | { readonly kind: "end"; readonly end: End };

/** One run, from wherever its history leaves it. `toEnd` leads through its phases; each method is one. */
export class Run {
  readonly #input: RunAgentInput;
  readonly #turn: Turn;
  readonly #outbox: Outbox;
  readonly #signal: AbortSignal;
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #offered: readonly ModelTool[];
  readonly #context: Context;
  readonly #breaker: Breaker;
  readonly #callIds: CallIds;
  readonly #people: People;
  readonly #delegate: Delegate;
  /** Messages that are in this run. */
  readonly #joined: Set<string>;
  readonly #random: () => number;
  /** Ends all that runs where a sub-agent meets a limit that ends the run. */
  readonly #halt = new AbortController();
  #halted: End | null = null;
  /** The text of each step that said something. */
  #said: string[] = [];
  #step: number;
  /** Those of the open step. */
  #attempts: Attempts = attemptsAfter();
  /** The last step in which the endpoint found the conversation too long. */
  #shortenedAt = 0;
  readonly #spending: Spending;

  constructor(input: RunAgentInput, turn: Turn, outbox: Outbox) {
    this.#input = input;
    this.#turn = turn;
    this.#outbox = outbox;
    this.#signal = joinedSignal([input.signal, outbox.lost, this.#halt.signal]);
    this.#tools = new Map(input.tools.map((tool) => [tool.name, tool]));
    this.#offered = [...this.#tools.values()].map(describeTool);
    const budget = input.budget ?? new RunBudget();
    this.#spending = budget.spending(input.price, turn);
    this.#breaker = new Breaker(input, outbox, this.#signal, budget);
    this.#context = new Context({
      input,
      outbox,
      signal: this.#signal,
      tools: this.#offered,
      spent: (usage) => {
        this.#breaker.summaryUsed(usage);
        this.#spending.add(usage);
      },
    });
    this.#callIds = new CallIds(input.history, input.ids);
    this.#joined = new Set(turn.items.flatMap((item) => (item.kind === "message" ? [item.message.message_id] : [])));
    this.#step = turn.step;
    this.#random = input.random ?? Math.random;
    this.#people = new People(input, turn);
    this.#delegate = delegateWith({
      input,
      outbox,
      people: this.#people,
      claim: this.#callIds.claim,
      random: this.#random,
      mayAsk: this.#mayAsk,
      spending: this.#spending,
    });
  }

  /** Throws only when the outbox is lost, or by a fault of this code. */
  async toEnd(): Promise<End> {
    let next = await this.#takeUp(takeUp(this.#turn, (name) => this.#tools.get(name)?.only_asks === true));
    for (;;) {
      if (this.#signal.aborted) return this.#halted ?? this.cancelled();
      switch (next.kind) {
        case "step":
          next = await this.#begin();
          break;
        case "ask":
          next = await this.#ask();
          break;
        case "tools":
          next = await this.#runTools(next.calls);
          break;
        case "end":
          return next.end;
      }
    }
  }

  async #takeUp(plan: TakeUp): Promise<Next> {
    for (const call of openCalls(this.#turn)) {
      const { tool_call_id, tool_name, parent_tool_call_id } = call;
      const spent = spentWithin(this.#turn, call);
      if (spent.usage !== undefined) this.#spending.add(spent.usage, spent.cost);
      this.#outbox.open.set(tool_call_id, { tool_call_id, tool_name, nested: parent_tool_call_id !== null, spent });
    }
    this.#said = saidIn(this.#turn.items);
    if (this.#signal.aborted) return { kind: "end", end: this.cancelled() };
    switch (plan.kind) {
      case "stop":
        return { kind: "end", end: this.cancelled() };
      case "exhausted": {
        const message = "The server stopped again and again during this step.";
        return { kind: "end", end: failure("recovery_exhausted", message, "interrupted", true) };
      }
      case "answered":
        return this.#conclude(plan.finish_reason, plan.text);
      case "step":
        return { kind: "step" };
      case "ask_again":
        this.#attempts = attemptsAfter(plan.failed);
        if (await this.#void(afterDeath(plan.failed))) this.#said = saidIn(answeredItems(this.#turn));
        await this.#context.recall();
        return { kind: "ask" };
      case "tools":
        await this.#resumeTools(plan);
        return { kind: "step" };
    }
  }

  /** Voids what the open step has brought. @returns false where the run is stopped, and nothing was voided */
  async #void(retry: Retry): Promise<boolean> {
    const { turns } = await this.#input.view();
    if (this.#signal.aborted) return false;
    const turn = turns.findLast(({ run_id }) => run_id === this.#input.run_id) ?? this.#turn;
    const { step, again } = openStep(turn);
    await this.#outbox.put({ ...retry, discard_from: (step?.seq ?? 0) + 1 });
    // A step begins when all calls have their results: those that are open are void now and need none.
    this.#outbox.open.clear();
    await this.#outbox.putAll(again);
    return true;
  }

  async #resumeTools({ lost, waiting }: Extract<TakeUp, { kind: "tools" }>): Promise<void> {
    for (const call of lost) {
      const { phase } = call;
      const since = phase.state === "running" ? this.#input.clock.now() - phase.started_at : 0;
      const result = phase.state === "running" ? interrupted(call, Math.max(0, since) / 1000) : cancelled(call);
      await this.#outbox.put({ ...result, ...this.#outbox.open.get(call.tool_call_id)?.spent });
    }
    await this.#run(waiting);
  }

  /** Whether a model may be asked now, a sub-agent's too: null, or how the run ends. */
  #checkLimits(): Promise<End | null> {
    return this.#breaker.check(this.#spending);
  }

  async #begin(): Promise<Next> {
    const { max_steps, token_limit } = this.#input.options;
    if (this.#step >= max_steps) {
      const message = `The run ended at its limit of ${max_steps} steps.`;
      return { kind: "end", end: failure("max_steps_reached", message, "max_steps_reached", true) };
    }
    const passed = await this.#checkLimits();
    if (passed !== null) return { kind: "end", end: passed };
    await this.#context.fit();
    if (this.#signal.aborted) return { kind: "end", end: this.cancelled() };
    const message_ids: string[] = [];
    for (const { message_id, ...said } of this.#input.steered()) {
      if (this.#joined.has(message_id)) continue;
      this.#joined.add(message_id);
      message_ids.push(message_id);
      await this.#context.join(said);
      if (this.#signal.aborted) return { kind: "end", end: this.cancelled() };
    }
    this.#step += 1;
    this.#attempts = attemptsAfter();
    await this.#outbox.put({
      type: "step",
      step: this.#step,
      max_steps,
      tokens: this.#context.tokens,
      token_limit,
      ...(message_ids.length > 0 && { message_ids }),
    });
    return { kind: "ask" };
  }

  /** Shortens a conversation that its endpoint finds too long, once a step. @returns whether to ask again */
  async #shortened({ error, shown }: { readonly error: unknown; readonly shown: boolean }): Promise<boolean> {
    const tooLong = error instanceof ModelError && error.code === "context_length";
    if (!tooLong || this.#shortenedAt === this.#step) return false;
    this.#shortenedAt = this.#step;
    return this.#context.shorten(async () => {
      const after = afterTooLong(this.#attempts, { message: error.message, shown });
      if (after === null) return false;
      this.#attempts = after.attempts;
      return after.retry === null || this.#void(after.retry);
    });
  }

  async #ask(): Promise<Next> {
    const { system, options, model } = this.#input;
    const request = {
      system: system ?? null,
      messages: this.#context.messages,
      tools: this.#offered,
      thinking: options.thinking ?? null,
    };
    const { asked, attempts } = await askModel({
      model,
      request,
      attempts: this.#attempts,
      clock: this.#input.clock,
      random: this.#random,
      signal: this.#signal,
      writer: () => new StepWriter(this.#input.ids, this.#callIds.claim),
      show: (events) => this.#outbox.putAll(events),
      voided: (retry) => this.#void(retry),
    });
    this.#attempts = attempts;
    if (asked.ending === "failed" && (await this.#shortened(asked))) return { kind: "ask" };
    await this.#outbox.putAll(asked.rest);
    if (asked.output.text !== "") this.#said.push(asked.output.text);
    if (asked.ending === "stopped" || this.#signal.aborted) return { kind: "end", end: this.cancelled() };
    if (asked.ending === "answered") return this.#answer(asked.output, asked.finish_reason);
    return { kind: "end", end: modelFailure(asked.error) };
  }

  async #answer({ text, calls, usage, provider_data }: StepOutput, finish_reason: string): Promise<Next> {
    if (usage !== null) this.#spending.add(usage);
    await this.#outbox.putAll([
      ...calls.map((call) => {
        const { tool_call_id, tool_name } = call;
        const given = givenWith(call.provider_data);
        return { type: "tool_call" as const, tool_call_id, tool_name, args: argsOf(call), ...given };
      }),
      {
        type: "agent_output",
        step: this.#step,
        finish_reason,
        usage,
        text_length: text.length,
        tool_call_ids: calls.map((call) => call.tool_call_id),
        ...givenWith(provider_data),
      },
    ]);
    return calls.length > 0 ? { kind: "tools", calls } : this.#conclude(finish_reason, text);
  }

  async #runTools(calls: readonly CompleteCall[]): Promise<Next> {
    await this.#run(calls);
    return { kind: "step" };
  }

  #run(calls: readonly CompleteCall[]): Promise<ReadonlyMap<string, string>> {
    return runTools(calls, {
      tools: this.#tools,
      outbox: this.#outbox,
      signal: this.#signal,
      clock: this.#input.clock,
      people: this.#people,
      delegate: this.#delegate,
      spending: this.#spending,
      away: (wait) => wait(),
    });
  }

  /** For sub-agents: where a limit ends the run, all of them end. */
  #mayAsk = async (): Promise<boolean> => {
    const end = await this.#checkLimits();
    if (end !== null && !this.#signal.aborted) {
      this.#halted = end;
      this.#halt.abort();
    }
    return !this.#signal.aborted;
  };

  #conclude(finish_reason: string, content: string): Next {
    try {
      const reason = doneReason(finish_reason, content);
      const { usage, cost } = this.#spending;
      const known = cost === null ? {} : { cost };
      return { kind: "end", end: { type: "done", content, steps: this.#step, reason, usage, ...known } };
    } catch (error) {
      return { kind: "end", end: modelFailure(error) };
    }
  }

  /** The end of a run that was stopped: what was said until now. */
  cancelled = (): End => ({
    type: "cancelled",
    content: this.#said.join("\n\n"),
    steps: this.#step,
    usage: this.#spending.usage,
  });
}
