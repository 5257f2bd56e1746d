import { addUsage, type EmittedEvent, openCalls, type Turn, type Usage, type View } from "@millrace/protocol";
import { attempt } from "./attempt.ts";
import { Conversation } from "./conversation.ts";
import { type End, failure, modelFailure } from "./end.ts";
import { doneReason } from "./finish.ts";
import type { RunAgentInput } from "./input.ts";
import { assistantMessage, modelCall, NO_RESULT, toolMessage } from "./messages.ts";
import type { ModelTool } from "./model-port.ts";
import type { Outbox } from "./outbox.ts";
import { type Attempts, afterDeath, afterFailure, attemptsAfter } from "./retry.ts";
import { interrupted, runTools } from "./run-tools.ts";
import { type CompleteCall, type StepOutput, StepWriter } from "./step-writer.ts";
import { answeredItems, saidIn, type TakeUp, takeUp } from "./take-up.ts";
import { describeTool, type Tool } from "./tool.ts";
import { sleep, untilAborted } from "./until-aborted.ts";

/** What the run does next. */
type Next =
  /** Begin a step. */
  | { readonly kind: "step" }
  /** Ask the model, in a step that has begun. */
  | { readonly kind: "ask" }
  /** Run what the model called. */
  | { readonly kind: "tools"; readonly calls: readonly CompleteCall[] }
  | { readonly kind: "end"; readonly end: End };

/** Longer ids of a model are not kept. */
const ID_LENGTH = 128;

/** One run, from wherever its history leaves it. `toEnd` leads through its phases; each method is one. */
export class Run {
  readonly #input: RunAgentInput;
  readonly #turn: Turn;
  readonly #outbox: Outbox;
  readonly #signal: AbortSignal;
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #offered: readonly ModelTool[];
  readonly #conversation: Conversation;
  /** Tool call ids of this session. */
  readonly #used: Set<string>;
  /** A retry in this history made ids void that the fold no longer holds: none of the model's can be kept. */
  readonly #retried: boolean;
  /** Messages that are in this run. */
  readonly #joined: Set<string>;
  readonly #random: () => number;
  /** The text of each step that said something. */
  #said: string[] = [];
  #step: number;
  /** Those of the open step. */
  #attempts: Attempts = attemptsAfter();
  #usage: Usage;

  constructor(input: RunAgentInput, turn: Turn, outbox: Outbox) {
    this.#input = input;
    this.#turn = turn;
    this.#outbox = outbox;
    this.#signal = AbortSignal.any([input.signal, outbox.lost]);
    this.#tools = new Map(input.tools.map((tool) => [tool.name, tool]));
    this.#offered = [...this.#tools.values()].map(describeTool);
    this.#conversation = new Conversation(input.system, this.#offered);
    this.#used = callIds(input.history);
    this.#retried = input.history.turns.some(({ items }) => items.some(({ kind }) => kind === "retry"));
    this.#joined = new Set(turn.items.flatMap((item) => (item.kind === "message" ? [item.message.message_id] : [])));
    this.#step = turn.step;
    this.#usage = turn.usage;
    this.#random = input.random ?? Math.random;
  }

  /** Throws only when the outbox is lost, or by a fault of this code. */
  async toEnd(): Promise<End> {
    let next = await this.#takeUp(takeUp(this.#turn));
    for (;;) {
      if (this.#signal.aborted) return this.cancelled();
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
    const { history } = this.#input;
    for (const call of openCalls(this.#turn)) this.#outbox.open.set(call.tool_call_id, call.tool_name);
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
        this.#conversation.recall(history, this.#turn, new Map());
        return { kind: "step" };
      case "ask_again":
        this.#attempts = attemptsAfter(plan.failed);
        if (await this.#void(afterDeath(plan.failed))) this.#said = saidIn(answeredItems(this.#turn));
        this.#conversation.recall(history, this.#turn, new Map());
        return { kind: "ask" };
      case "tools":
        this.#conversation.recall(history, this.#turn, await this.#resumeTools(plan));
        return { kind: "step" };
    }
  }

  /** Voids what the open step has brought. @returns false where the run is stopped, and nothing was voided */
  async #void(retry: Omit<EmittedEvent & { type: "retry" }, "discard_from">): Promise<boolean> {
    const discard_from = (await this.#input.stepStart()) + 1;
    if (this.#signal.aborted) return false;
    await this.#outbox.put({ ...retry, discard_from });
    // A step begins when all calls have their results: those that are open are void now and need none.
    this.#outbox.open.clear();
    return true;
  }

  async #resumeTools({ lost, waiting }: Extract<TakeUp, { kind: "tools" }>): Promise<ReadonlyMap<string, string>> {
    const results = new Map<string, string>();
    for (const { tool_call_id, tool_name, phase } of lost) {
      const since = phase.state === "running" ? this.#input.clock.now() - phase.started_at : 0;
      const result = interrupted(tool_call_id, tool_name, Math.max(0, since) / 1000);
      results.set(tool_call_id, result.content);
      await this.#outbox.put(result);
    }
    for (const [id, content] of await this.#run(waiting)) results.set(id, content);
    return results;
  }

  async #begin(): Promise<Next> {
    const { max_steps, token_limit } = this.#input.options;
    if (this.#step >= max_steps) {
      const message = `The run ended at its limit of ${max_steps} steps.`;
      return { kind: "end", end: failure("max_steps_reached", message, "max_steps_reached", true) };
    }
    const message_ids: string[] = [];
    for (const { message_id, content } of this.#input.steered()) {
      if (this.#joined.has(message_id)) continue;
      this.#joined.add(message_id);
      message_ids.push(message_id);
      this.#conversation.add({ role: "user", content });
    }
    this.#step += 1;
    this.#attempts = attemptsAfter();
    await this.#outbox.put({
      type: "step",
      step: this.#step,
      max_steps,
      tokens: this.#conversation.size.tokens,
      token_limit,
      ...(message_ids.length > 0 && { message_ids }),
    });
    return { kind: "ask" };
  }

  async #ask(): Promise<Next> {
    const { system, options, model } = this.#input;
    const request = {
      system: system ?? null,
      messages: this.#conversation.messages,
      tools: this.#offered,
      thinking: options.thinking ?? null,
    };
    const asked = await attempt(model.stream(request, this.#signal), {
      writer: new StepWriter(this.#input.ids, this.#claim),
      outbox: this.#outbox,
      signal: this.#signal,
    });
    const failure = asked.ending === "failed" ? afterFailure(this.#attempts, asked, this.#random) : null;
    if (failure?.kind === "retry" && (await this.#void(failure.retry))) {
      this.#attempts = failure.attempts;
      await this.#wait(failure.retry.delay_ms);
      return { kind: "ask" };
    }
    await this.#outbox.putAll(asked.rest);
    if (asked.output.text !== "") this.#said.push(asked.output.text);
    if (asked.ending === "stopped" || this.#signal.aborted) return { kind: "end", end: this.cancelled() };
    if (asked.ending === "answered") return this.#answer(asked.output, asked.finish_reason);
    return { kind: "end", end: modelFailure(failure?.kind === "give_up" ? failure.error : asked.error) };
  }

  /** Ends early when the run is stopped. */
  async #wait(ms: number): Promise<void> {
    const { clock } = this.#input;
    await untilAborted(clock.sleep?.(ms, this.#signal) ?? sleep(ms, this.#signal), this.#signal);
  }

  async #answer({ text, calls, usage }: StepOutput, finish_reason: string): Promise<Next> {
    const said = assistantMessage(
      text,
      calls.map((call) => modelCall(call.tool_call_id, call.tool_name, argsOf(call))),
    );
    if (said !== null) this.#conversation.add(said);
    if (usage !== null) {
      this.#usage = addUsage(this.#usage, usage);
      this.#conversation.size.counted(usage);
    }
    await this.#outbox.putAll([
      ...calls.map((call) => {
        const { tool_call_id, tool_name } = call;
        return { type: "tool_call" as const, tool_call_id, tool_name, args: argsOf(call) };
      }),
      {
        type: "agent_output",
        step: this.#step,
        finish_reason,
        usage,
        text_length: text.length,
        tool_call_ids: calls.map((call) => call.tool_call_id),
      },
    ]);
    return calls.length > 0 ? { kind: "tools", calls } : this.#conclude(finish_reason, text);
  }

  async #runTools(calls: readonly CompleteCall[]): Promise<Next> {
    const results = await this.#run(calls);
    for (const { tool_call_id } of calls)
      this.#conversation.add(toolMessage(tool_call_id, results.get(tool_call_id) ?? NO_RESULT));
    return { kind: "step" };
  }

  #run(calls: readonly CompleteCall[]): Promise<ReadonlyMap<string, string>> {
    const { clock } = this.#input;
    return runTools(calls, { tools: this.#tools, outbox: this.#outbox, signal: this.#signal, clock });
  }

  #conclude(finish_reason: string, content: string): Next {
    try {
      const reason = doneReason(finish_reason, content);
      return { kind: "end", end: { type: "done", content, steps: this.#step, reason, usage: this.#usage } };
    } catch (error) {
      return { kind: "end", end: modelFailure(error) };
    }
  }

  /** The end of a run that was stopped: what was said until now. */
  cancelled = (): End => ({
    type: "cancelled",
    content: this.#said.join("\n\n"),
    steps: this.#step,
    usage: this.#usage,
  });

  #claim = (model_id: string): string => {
    const usable = !this.#retried && model_id !== "" && model_id.length <= ID_LENGTH && !this.#used.has(model_id);
    const id = usable ? model_id : this.#input.ids();
    this.#used.add(id);
    return id;
  };
}

const argsOf = (call: CompleteCall): Record<string, unknown> => (call.arguments.ok ? call.arguments.args : {});

function callIds(history: View): Set<string> {
  return new Set(
    history.turns.flatMap((turn) => turn.items.flatMap((item) => (item.kind === "tool" ? [item.tool_call_id] : []))),
  );
}
