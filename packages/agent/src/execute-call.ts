import type { Outbox } from "./outbox.ts";
import type { People } from "./people.ts";
import { ShownOutput } from "./shown-output.ts";
import type { Away } from "./slots.ts";
import { addSpent, type Spending, type Spent } from "./spending.ts";
import type { CompleteCall } from "./step-writer.ts";
import {
  type Delegated,
  type DelegatedTask,
  type Tool,
  type ToolContext,
  ToolOutcomeUnknown,
  type ToolOutput,
} from "./tool.ts";
import { cancelled, completed, failed, type ToolResult, unknown } from "./tool-result.ts";

/** How long a stopped tool may take to end: a killed process group gets 2 seconds. Milliseconds. */
const STOP_GRACE_MS = 3_000;

/** The call that runs a sub-agent, as the sub-agent sees it. */
export interface Delegating {
  readonly tool_call_id: string;
  readonly tool_name: string;
  /** Aborts when the run is stopped, or the call has ended. */
  readonly signal: AbortSignal;
  readonly away: Away;
  output(text: string): void;
  /** A model call is complete. `steps`: 1, or 0 where it was no step of the sub-agent. */
  spent(spent: Spent): void;
}

/** Runs a sub-agent. Rejects where there is none of that name, or `signal` aborts; writes nothing afterwards. */
export type Delegate = (task: DelegatedTask, call: Delegating) => Promise<Delegated>;

/** What a tool runs in. */
export interface Surroundings {
  readonly outbox: Outbox;
  readonly signal: AbortSignal;
  readonly clock: { now(): number };
  readonly people: People;
  readonly delegate: Delegate;
  readonly spending: Spending;
  /** Frees the call's place. */
  readonly away: Away;
}

type Ended =
  | { readonly ok: true; readonly output: ToolOutput }
  /** `unknown`: it may have done its work. */
  | { readonly ok: false; readonly problem: string; readonly unknown?: boolean };

/** Runs a call that has begun. Whatever the tool does: when this has resolved, nothing more of the call is written. */
export async function executeCall(
  call: CompleteCall,
  tool: Tool,
  args: unknown,
  around: Surroundings,
): Promise<ToolResult> {
  const { signal, clock } = around;
  const started = call.begun?.at ?? clock.now();
  const context = new CallContext(call, around);
  const running = settle(() => tool.execute(args, context.forTool));
  const ended = await Promise.race([running, afterGrace(signal, running)]);
  const spent = await context.end();
  const execution_time = Math.max(0, clock.now() - started) / 1000;
  if (ended.ok)
    return { ...completed(call, ended.output), ...(spent ?? ownSpending(ended.output, around)), execution_time };
  if (signal.aborted) return { ...cancelled(call), ...spent, execution_time };
  const result = ended.unknown === true ? unknown(call, ended.problem) : failed(call, ended.problem);
  return { ...result, ...spent, execution_time };
}

/** A sub-agent's is counted as it is spent, a tool's own when it says so. */
function ownSpending({ usage, steps }: ToolOutput, { spending }: Surroundings): Spent {
  if (usage !== undefined) spending.add(usage);
  return { ...(usage !== undefined && { usage }), ...(steps !== undefined && { steps }) };
}

/** What a tool can do besides its work, for as long as its call lasts. */
class CallContext {
  readonly forTool: ToolContext;
  readonly #call: CompleteCall;
  readonly #around: Surroundings;
  readonly #shown: ShownOutput;
  readonly #over = new AbortController();
  readonly #delegated: Promise<unknown>[] = [];
  #questions = 0;
  #spent: Spent = { steps: 0 };

  constructor(call: CompleteCall, around: Surroundings) {
    const { tool_call_id } = call;
    this.#call = call;
    this.#around = around;
    this.#shown = new ShownOutput(tool_call_id, around.outbox, call.begun?.printed ?? 0);
    this.forTool = {
      tool_call_id,
      signal: around.signal,
      output: (text) => this.#shown.write(text),
      ask: async ({ kind, content, options }) => {
        this.#questions += 1;
        const request_id = `ask-${tool_call_id}-${this.#questions}`;
        const interaction = { request_id, interaction_kind: kind, content, options, tool_call_id };
        return around.people.ask(interaction, { signal: this.#signal(), away: around.away });
      },
      delegate: (task) => {
        const delegated = this.#delegate(task);
        this.#delegated.push(delegated);
        return delegated;
      },
    };
  }

  /** Stops what the tool has left running. @returns what its sub-agents used, where it had any */
  async end(): Promise<Spent | null> {
    this.#over.abort(new Error("The call has ended."));
    await Promise.allSettled(this.#delegated);
    this.#shown.end();
    return this.#delegated.length === 0 ? null : this.#spent;
  }

  async #delegate(task: DelegatedTask): Promise<Delegated> {
    const { tool_call_id, tool_name } = this.#call;
    const signal = this.#signal();
    signal.throwIfAborted();
    return this.#around.delegate(task, {
      tool_call_id,
      tool_name,
      signal,
      away: this.#around.away,
      output: (text) => this.#shown.write(text),
      spent: (spent) => {
        this.#spent = addSpent(this.#spent, spent);
        if (spent.usage !== undefined) this.#around.spending.add(spent.usage, spent.cost);
      },
    });
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#around.signal, this.#over.signal]);
  }
}

async function settle(execute: () => Promise<ToolOutput>): Promise<Ended> {
  try {
    const output = await execute();
    if (typeof output?.content === "string") return { ok: true, output };
    return { ok: false, problem: "The tool gave no result." };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const problem = message === "" ? "The tool failed." : message;
    return { ok: false, problem, unknown: error instanceof ToolOutcomeUnknown };
  }
}

/** Resolves some time after the signal aborted, never where the tool ended before. */
function afterGrace(signal: AbortSignal, running: Promise<Ended>): Promise<Ended> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = (): void => {
      timer = setTimeout(() => resolve({ ok: false, problem: "The tool did not stop." }), STOP_GRACE_MS);
    };
    if (signal.aborted) begin();
    else signal.addEventListener("abort", begin, { once: true });
    void running.finally(() => {
      signal.removeEventListener("abort", begin);
      clearTimeout(timer);
    });
  });
}
