import { addUsage, type EmittedEvent, openCalls, type Turn, type Usage, type View } from "@millrace/protocol";
import { Conversation } from "./conversation.ts";
import { type End, failure, modelFailure } from "./end.ts";
import { assertComplete, doneReason } from "./finish.ts";
import type { RunAgentInput } from "./input.ts";
import { assistantMessage, modelCall, NO_RESULT, toolMessage } from "./messages.ts";
import type { ModelTool } from "./model-port.ts";
import type { Outbox } from "./outbox.ts";
import { interrupted, runTools } from "./run-tools.ts";
import { type CompleteCall, type StepOutput, StepWriter } from "./step-writer.ts";
import { answeredItems, RECOVERIES, saidIn, type TakeUp, takeUp } from "./take-up.ts";
import { describeTool, type Tool } from "./tool.ts";

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
  /** The text of each step that said something. */
  #said: string[] = [];
  #step: number;
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
        await this.#retry(plan.attempt);
        this.#conversation.recall(history, this.#turn, new Map());
        return { kind: "ask" };
      case "tools":
        this.#conversation.recall(history, this.#turn, await this.#resumeTools(plan));
        return { kind: "step" };
    }
  }

  async #retry(attempt: number): Promise<void> {
    await this.#outbox.put({
      type: "retry",
      retry_attempt: attempt,
      retry_max_attempts: RECOVERIES.step,
      content: "The server stopped during this step; the model is asked again.",
      delay_ms: 0,
      discard_from: (await this.#input.stepStart()) + 1,
    });
    const kept = answeredItems(this.#turn);
    this.#said = saidIn(kept);
    // What the retry made void needs no result.
    for (const { tool_call_id } of openCalls({ ...this.#turn, items: this.#turn.items.slice(kept.length) })) {
      this.#outbox.open.delete(tool_call_id);
    }
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
    const writer = new StepWriter(this.#input.ids, this.#claim);
    const failed = await this.#stream(writer);
    const { events, output } = writer.end();
    await this.#put(events);
    if (output.text !== "") this.#said.push(output.text);
    if (this.#signal.aborted) return { kind: "end", end: this.cancelled() };
    if (failed !== null) return { kind: "end", end: modelFailure(failed.error) };
    return this.#answer(output);
  }

  /** Shows the model's answer as it comes. Resolves at its end, at its failure or when the run is stopped. */
  async #stream(writer: StepWriter): Promise<{ readonly error: unknown } | null> {
    const { system, options, model } = this.#input;
    const request = {
      system: system ?? null,
      messages: this.#conversation.messages,
      tools: this.#offered,
      thinking: options.thinking ?? null,
    };
    let writing: Promise<void> = Promise.resolve();
    const read = async (): Promise<{ readonly error: unknown } | null> => {
      try {
        for await (const chunks of model.stream(request, this.#signal)) {
          if (this.#signal.aborted) return null;
          writing = this.#put(writer.write(chunks));
          await writing;
        }
        return null;
      } catch (error) {
        return { error };
      }
    };
    const stopped = Promise.withResolvers<null>();
    const stop = (): void => stopped.resolve(null);
    this.#signal.addEventListener("abort", stop, { once: true });
    try {
      const failed = await Promise.race([read(), stopped.promise]);
      // What is being emitted is emitted whole: its offsets are counted.
      await writing;
      return failed;
    } finally {
      this.#signal.removeEventListener("abort", stop);
    }
  }

  async #answer({ text, calls, finish_reason, usage }: StepOutput): Promise<Next> {
    try {
      assertComplete(finish_reason);
      if (calls.length === 0) doneReason(finish_reason, text);
    } catch (error) {
      return { kind: "end", end: modelFailure(error) };
    }
    const said = assistantMessage(
      text,
      calls.map((call) => modelCall(call.tool_call_id, call.tool_name, argsOf(call))),
    );
    if (said !== null) this.#conversation.add(said);
    if (usage !== null) {
      this.#usage = addUsage(this.#usage, usage);
      this.#conversation.size.counted(usage);
    }
    await this.#put([
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

  async #put(events: readonly EmittedEvent[]): Promise<void> {
    for (const event of events) {
      const stored = this.#outbox.put(event);
      if (stored !== undefined) await stored;
    }
  }

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
