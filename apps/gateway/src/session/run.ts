import {
  type Interaction,
  type InteractionAnswer,
  type Permit,
  type PermitRequest,
  type RunAgentInput,
  runAgent,
  spentWithin,
  type Tool,
} from "@millrace/agent";
import {
  type EmittedEvent,
  isDelta,
  isTerminal,
  type NewEvent,
  openCalls,
  openInteractions,
  type Turn,
  type View,
} from "@millrace/protocol";
import { StoreError } from "@millrace/store";
import type { Logger } from "pino";
import { runFlow } from "../flows/run-flow.ts";
import type { Later } from "../later.ts";
import type { AgentSetup } from "../models/agents.ts";
import type { Put, RunObserver } from "../models/run-observer.ts";
import type { StoredEvent } from "./stored-event.ts";

export interface AppendOptions {
  /** Unique in the session. */
  readonly id?: string;
  /** At once (unless it says otherwise), or with what comes next. */
  readonly urgent?: boolean;
}

/** What a run needs of its session. */
export interface RunHost {
  readonly view: View;
  /** Stores and resolves when it is durable. @throws StoreError */
  append(event: Untimed, options?: AppendOptions): Promise<unknown>;
  /** Stores soon; deltas merge. Nothing more should come before a returned promise resolves. */
  emit(event: Untimed): void | Promise<void>;
  /** Steering messages that have not joined a run yet; each is given out once. */
  takeSteered(): ReturnType<RunAgentInput["steered"]>;
  /** Whether a call may run. `interactive`: whether somebody can be asked. */
  permit(request: PermitRequest, interactive: boolean): Permit;
  /** A person's answer to a question of this run; rejects when `signal` aborts. @throws StoreError */
  ask(run_id: string, request: Interaction, signal: AbortSignal): Promise<InteractionAnswer>;
  runEnded(run: Run): void;
}

type WithoutTime<E> = E extends NewEvent ? Omit<E, "ts"> : never;
/** An event before the session gave it its time. */
export type Untimed = WithoutTime<NewEvent>;

export interface RunContext {
  readonly setup: AgentSetup;
  /** The files that messages of this session name; without it they are left out. */
  readonly attachments?: RunAgentInput["attachments"];
  /** Whether somebody can be asked. */
  readonly interactive: boolean;
  readonly now: () => number;
  readonly ids: () => string;
  readonly later: Later;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly store_retry_ms: number;
}

/** For the model, of a call whose end could not be stored. */
const UNKNOWN =
  "What became of this call is not known: it may have done all, part or none of its work. Verify the current state before you repeat it.";

/**
 * One open run: drives the agent and writes what it emits. Ends exactly once in the log, unless it is detached (the
 * process drains): then the log stays open at a place where the next boot takes it up.
 */
export class Run {
  readonly run_id: string;
  readonly #host: RunHost;
  readonly #context: RunContext;
  /** Most runs have none that hears what is emitted: a token then costs nothing here. */
  readonly #hearing: readonly RunObserver[];
  readonly #abort = new AbortController();
  /** Resolves when everything that was emitted until now, but for the last deltas, is in the log. */
  #written: Promise<void> = Promise.resolve();
  #stopped = false;
  /** To be detached where the next boot can take it up. */
  #suspended = false;
  /** `new`: its `session_start` is not known to be stored, so that nothing else of it may be. */
  #phase: "new" | "running" | "ending" | "detached" | "closing" = "new";

  constructor(host: RunHost, run_id: string, context: RunContext) {
    this.#host = host;
    this.run_id = run_id;
    this.#context = context;
    this.#hearing = context.setup.observers.filter((observer) => observer.emitted !== undefined);
  }

  /** Takes the run up from the session's log: its `session_start` is already in it. Never rejects. */
  async drive(turn: Turn): Promise<void> {
    const { setup, attachments, interactive, now, ids, later, random, log } = this.#context;
    if (this.#phase === "new") this.#phase = "running";
    for (const observer of setup.observers) observer.begun?.(turn.seq);
    try {
      const run = setup.flow === undefined ? runAgent : runFlow.bind(null, setup.flow);
      await run({
        ...setup.input,
        attachments,
        history: this.#host.view,
        run_id: this.run_id,
        model: setup.model,
        tools: setup.tools,
        options: {
          max_steps: turn.max_steps,
          token_limit: turn.token_limit,
          ...(setup.thinking === undefined ? {} : { thinking: setup.thinking }),
        },
        emit: this.#emit,
        view: () => this.#writtenView(),
        permit: (request) => this.#host.permit(request, interactive),
        ...(interactive ? { interact: this.#interact } : {}),
        steered: () => (this.#phase === "running" && !this.#suspended ? this.#host.takeSteered() : []),
        signal: this.#abort.signal,
        clock: { now, sleep: (ms) => new Promise((resolve) => void later(ms, resolve)) },
        random,
        ids,
      });
    } catch (error) {
      log.error({ run_id: this.run_id, error }, "the agent threw");
    }
    if (this.#phase === "detached" || this.#phase === "closing") return;
    if (this.#phase !== "ending") return this.#closeByForce("internal", "The run ended without a result.");
    this.#host.runEnded(this);
  }

  /** Closes the model's request and the tools; resolves when the intent to stop is durable. @throws StoreError */
  async stop(by: string): Promise<"stopping" | "already_ended"> {
    if (!this.open) return "already_ended";
    this.#stopped = true;
    const stored = this.#host.append(
      { type: "stop_requested", run_id: this.run_id, by },
      { id: `stop:${this.run_id}` },
    );
    // At once, so that whatever the run still writes stands behind the intent and is its end.
    this.#abort.abort();
    await stored;
    return "stopping";
  }

  /** Whether what is said to this run still reaches it: it was neither stopped, nor let go, nor has it written its end. */
  get listens(): boolean {
    return this.open && this.#phase !== "detached" && !this.#abort.signal.aborted;
  }

  /** Whether its end is still to be written. */
  get open(): boolean {
    return this.#phase !== "ending" && this.#phase !== "closing";
  }

  /** A tool that this run may call. */
  tool(name: string): Tool | undefined {
    return this.#context.setup.tools.find((tool) => tool.name === name);
  }

  /** Detaches at the next step's begin, or where only people are waited for; until then the run goes on. */
  suspend(): void {
    this.#suspended = true;
    this.rest();
  }

  /** Detaches a run that is being suspended and has nothing to do but wait for people: that can take days. */
  rest(): void {
    const turn = this.#turn();
    if (this.#suspends && turn !== undefined && this.#waitsForPeople(turn)) this.detach();
  }

  /** Lets go of the log at once: nothing more of this run is written, the model and the tools are stopped. */
  detach(): void {
    if (!this.open || this.#phase === "detached") return;
    this.#phase = "detached";
    this.#abort.abort();
    this.#host.runEnded(this);
  }

  /** An event of this run could not be stored: what follows would leave a hole, so the run ends with an error. */
  broke(error: StoreError): void {
    if (this.#phase === "new" || this.#phase === "detached" || this.#phase === "closing") return;
    this.#phase = "detached";
    this.#abort.abort();
    if (error.code === "gone") return this.#host.runEnded(this);
    this.#context.log.error({ run_id: this.run_id, code: error.code }, "the run's events could not be stored");
    void this.#closeByForce(error.code === "full" ? "storage_full" : "storage_unavailable", error.message);
  }

  /** Where this run is written down; null: nowhere. */
  get log_file(): string | null {
    return this.#context.setup.log_file;
  }

  /** An event of this run is in the log. */
  stored(stored: StoredEvent): void {
    if (isDelta(stored.event)) return;
    for (const observer of this.#context.setup.observers) observer.stored?.(stored);
  }

  /** This process writes nothing of the run any more. */
  left(): void {
    for (const observer of this.#context.setup.observers) observer.left?.();
  }

  readonly #emit = (event: EmittedEvent): void | Promise<void> => {
    if (event.type === "step" && this.#suspends) this.detach();
    if (!this.open || this.#phase === "detached") throw new Error("The run is over.");
    const stored = this.#write(event);
    for (const observer of this.#hearing) observer.emitted?.(event, this.#put);
    return stored;
  };

  readonly #put: Put = (event) => {
    if (this.listens) void this.#stored({ ...event, run_id: this.run_id });
  };

  #write(event: EmittedEvent): void | Promise<void> {
    const placed = { ...event, run_id: this.run_id } as Untimed;
    if (isTerminal(event)) {
      this.#phase = "ending";
      return this.#stored(placed, { id: `end:${this.run_id}` });
    }
    if (isDelta(event)) return this.#host.emit(placed);
    // A commit of its own would be in the way of the answer's first piece.
    this.#written = this.#stored(placed, event.type === "step" ? { urgent: false } : {});
    if (event.type === "tool_start") return this.#written;
  }

  readonly #interact = (request: Interaction, signal: AbortSignal): Promise<InteractionAnswer> => {
    if (!this.listens) return Promise.reject(new Error("The run is over."));
    return this.#host.ask(this.run_id, request, signal);
  };

  async #stored(event: Untimed, options: AppendOptions = {}): Promise<void> {
    try {
      await this.#host.append(event, options);
    } catch (error) {
      this.broke(error as StoreError);
    }
  }

  async #writtenView(): Promise<View> {
    await this.#written;
    return this.#host.view;
  }

  get #suspends(): boolean {
    return this.#suspended && this.#phase === "running";
  }

  #turn(): Turn | undefined {
    return this.#host.view.turns.find((turn) => turn.run_id === this.run_id);
  }

  /** A call that has begun is at rest only where all that it does is ask: any other would be lost. */
  #waitsForPeople(turn: Turn): boolean {
    const asked = openInteractions(turn);
    const running = openCalls(turn).filter(({ phase }) => phase.state === "running");
    return (
      asked.length > 0 &&
      running.every(
        (call) =>
          this.tool(call.tool_name)?.only_asks === true &&
          asked.some(({ tool_call_id }) => tool_call_id === call.tool_call_id),
      )
    );
  }

  /** Closes what is open and ends the run, with an error unless it was stopped; tries again until the store takes it. */
  async #closeByForce(code: string, message: string): Promise<void> {
    // What is still on its way can begin a call, or end one.
    await this.#written;
    for (;;) {
      const turn = this.#turn();
      const stopped = this.#stopped || turn?.phase.state === "stopping";
      try {
        for (const call of turn === undefined ? [] : openCalls(turn)) {
          const { tool_call_id, tool_name } = call;
          const result = {
            outcome: stopped ? "cancelled" : "unknown",
            success: false,
            content: stopped ? message : `${message} ${UNKNOWN}`,
            error: message,
            execution_time: 0,
            ...(turn === undefined ? {} : spentWithin(turn, call)),
          } as const;
          const event = { type: "tool_result", run_id: this.run_id, tool_call_id, tool_name, ...result } as const;
          await this.#host.append(event, { id: `result:${tool_call_id}` });
        }
        // From here on a stop comes too late.
        this.#phase = "closing";
        const { run_id } = this;
        const end: Untimed =
          turn !== undefined && (stopped || this.#stopped)
            ? { type: "cancelled", run_id, content: saidIn(turn), steps: turn.step, usage: turn.usage }
            : { type: "error", run_id, code, message, reason: "interrupted", retryable: true };
        await this.#host.append(end, { id: `end:${run_id}` });
        return this.#host.runEnded(this);
      } catch (error) {
        this.#phase = "detached";
        if (error instanceof StoreError && error.code === "gone") return this.#host.runEnded(this);
        await new Promise<void>((resolve) => void this.#context.later(this.#context.store_retry_ms, resolve));
      }
    }
  }
}

/** What a turn's steps said, a paragraph each. */
function saidIn({ items }: Turn): string {
  const said: string[] = [];
  for (const item of items) {
    if (item.kind === "step") said.push("");
    else if (item.kind === "text") said.push((said.pop() ?? "") + item.content);
  }
  return said.filter((text) => text !== "").join("\n\n");
}
