import { type Interaction, RUN_LIMITS, type RunAgentInput } from "@millrace/agent";
import {
  type AskedQuestion,
  type FlowAnswer,
  FlowError,
  type FlowOptions,
  type FlowSuspension,
  type RunnableFlow,
} from "@millrace/flow";
import { type EmittedEvent, isTerminal, type Turn } from "@millrace/protocol";
import { closeCalls, spentBy, turnOf } from "./agent-part.ts";
import { FlowAgents, LimitPassed } from "./flow-agents.ts";
import { BadItem, FlowOutput, VALUE_BYTES } from "./flow-output.ts";
import { FLOW_STEP, flowTakeUp, requestId } from "./take-up.ts";
import { idleFor, watchWorkTime } from "./work-time.ts";

type End = Extract<EmittedEvent, { type: "done" | "cancelled" | "error" }>;
/** Where a flow begins: anew, or at a question. */
type From = Pick<FlowOptions, "resume" | "answers">;

/** How long a step may go on after its signal aborted. Milliseconds, as for a tool. */
const STOP_GRACE_MS = 3_000;

/** Marks of steps in one run: those of an endless loop are not all told. */
const MARKS = 200;

/** A step of the flow, in its place among what the flow puts into its stream. */
class StepMark {
  readonly value: { readonly step: string; readonly run: number };

  constructor(step: string, run: number) {
    this.value = { step, run };
  }
}

/**
 * Runs a flow to its end, as `runAgent` runs an agent, and with the same promises: never rejects; the last event, and
 * only that, is `done`, `cancelled` or `error`; every call has its `tool_result` before it. `input`: what an agent is
 * given; the model, the tools and the system prompt are those of the agents that the flow calls without a name.
 */
export async function runFlow(flow: RunnableFlow, input: RunAgentInput): Promise<void> {
  await new FlowRun(flow, input).toEnd();
}

class FlowRun {
  readonly #flow: RunnableFlow;
  readonly #input: RunAgentInput;
  readonly #turn: Turn;
  readonly #output: FlowOutput;
  readonly #agents: FlowAgents;
  /** What ends the flow: a stop, a limit, its own failure. */
  readonly #abort = new AbortController();
  /** Rejects a moment after that. */
  readonly #late = Promise.withResolvers<never>();
  readonly #asking = new Map<string, ReturnType<NonNullable<RunAgentInput["interact"]>>>();
  readonly #suspensions = new Map<string, FlowSuspension>();
  /** The run is not this process's to write any more. */
  #lost = false;
  #over = false;
  #marks = 0;

  constructor(flow: RunnableFlow, { interact, ...input }: RunAgentInput) {
    this.#flow = flow;
    this.#turn = turnOf(input.history, input.run_id);
    const asked = interact === undefined ? {} : { interact: this.#once(interact) };
    this.#input = { ...input, ...asked, emit: this.#emitted(input.emit) };
    const said = this.#turn.items.map((item) => (item.kind === "text" ? item.content : "")).join("");
    this.#output = new FlowOutput(this.#input, this.#turn.agent, said);
    this.#agents = new FlowAgents(this.#input, (limit) => this.#abort.abort(limit));
  }

  async toEnd(): Promise<void> {
    const { signal } = this.#input;
    const stop = (): void => this.#abort.abort(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    const calledOff = this.#watchTime();
    const late = this.#watchStop();
    const end = await this.#end().catch((error: unknown) => failure(error));
    calledOff();
    late();
    signal.removeEventListener("abort", stop);
    this.#abort.abort(new DOMException("The flow has ended.", "AbortError"));
    await this.#agents.end();
    try {
      await this.#output.endBlock();
      await this.#input.emit(signal.aborted ? await this.#cancelled() : end);
    } catch {
      // Only a run that is lost cannot be written, and there is nobody left to tell.
    }
  }

  async #end(): Promise<End> {
    const { emit, options, view } = this.#input;
    const plan = flowTakeUp(this.#turn);
    await closeCalls(this.#input, this.#turn, plan.kind === "stop");
    switch (plan.kind) {
      case "stop":
        return this.#cancelled();
      case "interrupted":
        return { type: "error", code: "interrupted", message: plan.message, reason: "interrupted", retryable: true };
      case "resume":
        return this.#run({ resume: plan.snapshot, answers: plan.answers });
      case "start": {
        const { max_steps, token_limit } = options;
        await emit({ type: "step", step: 1, max_steps, tokens: 0, token_limit });
        // From here on the flow has begun, whatever becomes of this process.
        await view();
        return this.#run({});
      }
    }
  }

  async #run(from: From): Promise<End> {
    const stream = this.#flow.getRuntimeStream(messageOf(this.#turn), {
      ...from,
      signal: this.#abort.signal,
      agent: this.#agents.call,
      mark: ({ name, run }) => {
        this.#marks += 1;
        return name === "" || this.#marks > MARKS ? undefined : new StepMark(name, run);
      },
      ...(this.#input.interact === undefined
        ? {}
        : { interact: this.#interact, onSuspend: (suspension) => this.#suspended(suspension) }),
    });
    try {
      for (;;) {
        const { done, value } = await this.#inTime(stream.next());
        if (done === true) break;
        if (value instanceof StepMark) await this.#output.data(FLOW_STEP, value.value);
        else await this.#output.write(value);
      }
      await this.#result(await this.#inTime(stream.result()));
    } catch (error) {
      this.#abort.abort(error);
      await this.#inTime(stream.return()).catch(() => {});
      throw this.#abort.signal.reason instanceof LimitPassed ? this.#abort.signal.reason : error;
    }
    return this.#done();
  }

  /** A flow's result is shown where the flow said nothing itself. */
  async #result(result: unknown): Promise<void> {
    if (result === undefined || result === null) return;
    if (typeof result !== "string") return this.#output.data("result", result);
    if (this.#output.said === "") await this.#output.write(result);
  }

  async #done(): Promise<End> {
    await this.#agents.end();
    await this.#output.endBlock();
    const { said: content } = this.#output;
    const spent = await spentBy(this.#input);
    const turn = turnOf(await this.#input.view(), this.#input.run_id);
    const tool_call_ids = turn.items.flatMap((item) =>
      item.kind === "tool" && item.parent_tool_call_id === null ? [item.tool_call_id] : [],
    );
    const { step } = turn;
    const text_length = content.length;
    await this.#input.emit({
      type: "agent_output",
      step,
      finish_reason: "stop",
      usage: null,
      text_length,
      tool_call_ids,
    });
    return { type: "done", content, steps: step, reason: "completed", ...spent };
  }

  async #cancelled(): Promise<End> {
    const { step, usage } = turnOf(await this.#input.view(), this.#input.run_id);
    return { type: "cancelled", content: this.#output.said, steps: step, usage };
  }

  #suspended(suspension: FlowSuspension): void {
    this.#suspensions.set(suspension.request_id, suspension);
  }

  readonly #interact = async (question: AskedQuestion, signal: AbortSignal): Promise<FlowAnswer> => {
    const { run_id, interact, emit, view } = this.#input;
    if (interact === undefined) throw new Error("Nobody can be asked.");
    const { request_id: id, interaction_kind, content } = question;
    const options =
      interaction_kind === "confirm" && question.options.length === 0 ? ["yes", "no"] : [...question.options];
    if (sizeOf({ content, options }) > VALUE_BYTES / 2) throw new RangeError("The question is too long.");
    const request_id = requestId(run_id, id);
    const snapshot = this.#snapshotOf(id);
    await this.#output.endBlock();
    const asked: Interaction = { request_id, interaction_kind, content, options, ...snapshot };
    const answer = await interact(asked, signal);
    // Stored before the flow goes on with it: no later process gives it the answer a second time.
    await emit({ type: "data", name: FLOW_STEP, value: { answered: request_id } });
    await view();
    if (answer.by === "expiry") throw new Error("Nobody answered in time.");
    return answer;
  };

  /** What is kept with a question; nothing where that would not be enough, or too much. */
  #snapshotOf(request_id: string): object {
    const suspension = this.#suspensions.get(request_id);
    if (suspension === undefined || "interrupted" in suspension || sizeOf(suspension) > VALUE_BYTES) return {};
    return { snapshot: suspension };
  }

  /** Several may ask the same: agents that come to one limit. */
  #once(interact: NonNullable<RunAgentInput["interact"]>): NonNullable<RunAgentInput["interact"]> {
    return async (request, signal) => {
      const { request_id } = request;
      const asked = this.#asking.get(request_id) ?? interact(request, this.#abort.signal);
      this.#asking.set(request_id, asked);
      const forget = (): void => void this.#asking.delete(request_id);
      asked.then(forget, forget);
      signal.throwIfAborted();
      const left = Promise.withResolvers<never>();
      const leave = (): void => left.reject(signal.reason);
      signal.addEventListener("abort", leave, { once: true });
      return await Promise.race([asked, left.promise]).finally(() => signal.removeEventListener("abort", leave));
    };
  }

  #emitted(emit: RunAgentInput["emit"]): RunAgentInput["emit"] {
    return async (event) => {
      if (this.#over || this.#lost) throw new Error("The run is over.");
      if (isTerminal(event)) this.#over = true;
      try {
        await emit(event);
      } catch (error) {
        this.#lost = true;
        this.#abort.abort(error);
        throw error;
      }
    };
  }

  /** The promise, but no longer than a moment after the flow was aborted: a step may not heed its signal. */
  async #inTime<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    return await Promise.race([promise, this.#late.promise]);
  }

  #watchStop(): () => void {
    const { signal } = this.#abort;
    let timer: NodeJS.Timeout | undefined;
    const begin = (): void => {
      timer = setTimeout(() => this.#late.reject(new Error("A step did not stop.")), STOP_GRACE_MS);
    };
    this.#late.promise.catch(() => {});
    signal.addEventListener("abort", begin, { once: true });
    if (signal.aborted) begin();
    return () => {
      signal.removeEventListener("abort", begin);
      clearTimeout(timer);
    };
  }

  #watchTime(): () => void {
    const { clock, view, run_id, limits } = this.#input;
    const limit = limits?.time_limit ?? RUN_LIMITS.time_limit;
    const passed = async (value: number): Promise<void> => {
      const content = `This run has worked for ${Math.round(value)} seconds; its limit is ${limit}.`;
      const reason = "time_limit";
      await this.#input.emit({ type: "circuit_breaker", reason, content, limit, value });
      const end = {
        type: "error",
        code: reason,
        message: content,
        reason: "circuit_breaker",
        retryable: false,
      } as const;
      this.#abort.abort(new LimitPassed(end));
    };
    return watchWorkTime({
      limit,
      turn: async () => turnOf(await view(), run_id),
      now: clock.now,
      away: flowTakeUp(this.#turn).kind === "resume" ? idleFor(this.#turn, clock.now()) : 0,
      passed: (seconds) => void passed(seconds).catch(() => {}),
    });
  }
}

function failure(error: unknown): End {
  const failed = { type: "error", retryable: false } as const;
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 500).toWellFormed();
  if (error instanceof LimitPassed) return error.end;
  if (error instanceof FlowError && error.code === "interrupted") {
    return { ...failed, code: "interrupted", message, reason: "interrupted", retryable: true };
  }
  const code = error instanceof FlowError || error instanceof BadItem ? error.code : "flow_failed";
  return { ...failed, code, message: message === "" ? "A step of the flow failed." : message, reason: "flow_error" };
}

function messageOf({ items }: Turn): string {
  return items.flatMap((item) => (item.kind === "message" ? [item.message.content] : [])).join("\n\n");
}

/** Bytes of JSON. */
function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
