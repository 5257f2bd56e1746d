import { type Definition, NOTHING, type Node } from "./definition.ts";
import { counted, OVERFLOW, Queue } from "./queue.ts";
import { isJson, State } from "./state.ts";
import { abortRun, guarded, type StepRun, type Work } from "./step-run.ts";
import type * as Flow from "./types.ts";
import { FlowError } from "./types.ts";

/** Steps or items after which timers and sockets have a turn. */
const BREATH = 1_000;

/** Longer timers go off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

const aborted = (message: string): DOMException => new DOMException(message, "AbortError");

/** One time that a flow runs. Nothing begins inside the call that asked for it; first come, first served. */
export class Execution {
  readonly input: unknown;
  readonly state: State;
  /** The last value that reached `end()`. */
  result: { readonly value?: unknown } | null = null;
  failure: { readonly error: unknown } | null = null;
  readonly #definition: Definition;
  readonly #options: Flow.FlowOptions;
  readonly #steps: number;
  /** Where it goes on, if it began in another process. */
  readonly #snapshot: Flow.FlowSnapshot | null;
  /** Items for the reader, who has handled one when it comes back for the next. */
  readonly #stream: Queue<unknown>;
  /** Handled are those that have begun, or were dropped. */
  readonly #works: Queue<Work>;
  readonly #held = new Map<Node, unknown[]>();
  readonly #runs = new Set<StepRun>();
  /** Of these, those that wait for room and leave their place to others, with what they wait for. */
  readonly #away = new Map<StepRun, Promise<void>>();
  readonly #over = Promise.withResolvers<void>();
  /** `stopped`: only the step that stopped the stream, and what follows it, goes on. `failed`: nothing does. */
  #phase: "new" | "open" | "stopped" | "failed" | "over" = "new";
  #left = false;
  #count = 0;
  /** The run since whose beginning no other began, put an item or changed the state. */
  #alone: StepRun | null = null;
  #turns = 0;
  #pause: Promise<void> | null = null;

  /** @throws RangeError; TypeError: the state is no JSON */
  constructor(definition: Definition, input: unknown, options: Flow.FlowOptions) {
    const { limits: { steps = 256, pending = 1_000, stream = 64 } = {}, timeout, resume, state = {} } = options;
    if (timeout != null && !(timeout >= 0 && timeout <= LONGEST_TIMER)) {
      throw new RangeError(`timeout: milliseconds from 0 to ${LONGEST_TIMER}, or null.`);
    }
    this.#steps = counted("limits.steps", steps);
    this.#works = new Queue(counted("limits.pending", pending));
    this.#stream = new Queue(counted("limits.stream", stream));
    definition.closed = true;
    this.#definition = definition;
    this.input = input;
    this.#options = options;
    this.#snapshot = resume === undefined || "interrupted" in resume ? null : resume;
    this.state = new State(this.#snapshot?.state ?? state);
  }

  /** The items. However it is left, nothing runs any more when it is done. */
  async *read(): AsyncGenerator<unknown, void> {
    this.#start();
    try {
      for (let item = await this.#stream.next(); item !== NOTHING; item = await this.#stream.next()) {
        yield item;
        this.#stream.handle();
      }
      if (this.failure !== null && !this.#left) throw this.failure.error;
    } finally {
      this.leave();
      await this.#over.promise;
    }
  }

  /** The reader wants no more: everything is aborted. */
  leave(): void {
    this.#left = true;
    const left = aborted("The stream is no longer read.");
    this.#fail(left, left);
  }

  /** What a node keeps between its runs. */
  held(node: Node): unknown[] {
    const held = this.#held.get(node) ?? [];
    this.#held.set(node, held);
    return held;
  }

  /** A step of this name begins. One that is taken up was marked before. */
  mark(name: string, { number: run }: StepRun): void {
    if (this.#phase !== "open" || this.#snapshot?.run === run) return;
    const item = this.#options.mark?.({ name, run });
    if (item !== undefined) void this.#put(this.#stream, item);
  }

  /** What a step calls, which waits where `call` has to, or others need a turn. Dropped where the stream has ended. */
  calling(run: StepRun, call: () => Promise<void> | undefined): Promise<void> {
    const wait = run.abort.signal.aborted || this.#phase !== "open" ? undefined : call();
    const pause = this.#breathe();
    return guarded(run, wait === undefined ? pause : wait.then(() => pause));
  }

  put(run: StepRun, item: unknown): Promise<void> | undefined {
    this.worked(run);
    run.puts += 1;
    const known = this.#snapshot?.run === run.number ? this.#snapshot.puts : 0;
    return run.puts <= known ? undefined : this.#put(this.#stream, item);
  }

  emit(run: StepRun, event: string, value: unknown): Promise<void> | undefined {
    const wait = this.#add(this.#definition.listeners.get(event)?.next ?? [], value);
    if (wait === undefined || !this.#runs.has(run)) return wait;
    this.#away.set(run, wait);
    // Of several that it waits for, the last one is over last.
    return wait.then(() => void (this.#away.get(run) === wait && this.#away.delete(run)));
  }

  stop(run: StepRun): void {
    if (run.abort.signal.aborted || this.#phase !== "open") return;
    this.#phase = "stopped";
    this.#abort(aborted("The stream was stopped."), run);
  }

  /** A run has done what cannot be taken back. */
  worked(run: StepRun): void {
    if (this.#alone !== run) this.#alone = null;
  }

  /** What an aborted step throws is dropped. */
  failRun(run: StepRun, error: unknown): void {
    if (!run.abort.signal.aborted) this.#fail(error);
  }

  async callAgent(run: StepRun, task: Flow.FlowTask, signal: AbortSignal): Promise<string> {
    const { agent } = this.#options;
    if (agent === undefined) throw new FlowError("no_agents", "The flow was started without `agent`.");
    await guarded(run, this.#stream.flushed());
    return await agent(task, signal);
  }

  /** The answer that is known already, or a person's, once whoever keeps suspensions has this one. */
  async ask(run: StepRun, question: Flow.AskedQuestion, signal: AbortSignal): Promise<Flow.FlowAnswer> {
    const { answers = {}, interact, onSuspend } = this.#options;
    const { request_id } = question;
    const known = Object.hasOwn(answers, request_id) ? answers[request_id] : undefined;
    if (known !== undefined) return known;
    if (interact === undefined) throw new FlowError("nobody_to_ask", "The flow was started without `interact`.");
    await guarded(run, this.#stream.flushed());
    if (onSuspend !== undefined) {
      // A step that has just emitted the event which began this one may not have returned yet.
      if (this.#runs.size > 1) await guarded(run, turn());
      await (async () => onSuspend(this.#suspension(run, request_id)))().catch((error: unknown) => this.#fail(error));
      run.abort.signal.throwIfAborted();
    }
    return await interact(question, signal);
  }

  #suspension(run: StepRun, request_id: string): Flow.FlowSuspension {
    const { node, value, number, state, puts } = run;
    const interrupted = (why: string): Flow.FlowSuspension => ({ v: 1, request_id, interrupted: why });
    if (this.#phase !== "open") return interrupted("The stream was stopped.");
    if (this.#alone !== run || this.#runs.size > 1 || this.#works.length > 0) {
      return interrupted("Another step works, or did, since the one that asks began.");
    }
    if ([...this.#held.values()].some((held) => held.length > 0)) {
      return interrupted("Values wait in a batch or for an event.");
    }
    if (!isJson(value) || !isJson(this.result?.value)) return interrupted("A value is not JSON.");
    const ended = this.result === null ? {} : { result: this.result };
    return { v: 1, request_id, step: node.path, run: number, value, state, puts, ...ended };
  }

  #start(): void {
    this.#phase = "open";
    const { signal, timeout, resume } = this.#options;
    const abort = (): void => this.#fail(signal?.reason, signal?.reason);
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
    const late = new DOMException(`The flow took longer than ${timeout} ms.`, "TimeoutError");
    const timer = timeout == null ? undefined : setTimeout(() => this.#fail(late, late), timeout);
    void this.#over.promise.then(() => {
      signal?.removeEventListener("abort", abort);
      clearTimeout(timer);
    });
    if (resume === undefined) return void this.#add(this.#definition.start.next, this.input);
    const snapshot = this.#snapshot;
    const node = this.#definition.nodes.find(({ path }) => path === snapshot?.step);
    if (snapshot === null || node === undefined) {
      const why = "interrupted" in resume ? resume.interrupted : "The flow has no such step any more.";
      return this.#fail(new FlowError("interrupted", why));
    }
    this.#count = snapshot.run - 1;
    this.result = snapshot.result ?? null;
    void this.#add([node], snapshot.value);
  }

  /** As {@link Queue.put}. Where much waits, somebody did not. Nothing goes in after a failure. */
  #put<T>(queue: Queue<T>, item: T): Promise<void> | undefined {
    if (queue.length >= queue.limit + OVERFLOW) {
      const what = queue === this.#stream ? "items wait for the reader" : "values wait for their step";
      this.#fail(new FlowError("overflow", `More than ${OVERFLOW} ${what}.`));
    }
    return this.#phase === "failed" ? undefined : queue.put(item);
  }

  #add(nodes: readonly Node[], value: unknown): Promise<void> | undefined {
    let wait: Promise<void> | undefined;
    for (const node of nodes) wait = this.#put(this.#works, { node, value });
    queueMicrotask(this.#pump);
    return wait;
  }

  readonly #pump = (): void => {
    while (this.#works.length > 0 && this.#runs.size - this.#away.size < this.#steps) {
      const pause = this.#breathe();
      if (pause !== undefined) return void pause.then(this.#pump);
      void this.#begin(this.#works.take());
    }
    if (this.#runs.size === 0 && this.#works.length === 0 && this.#phase !== "over") this.#quiet();
  };

  async #begin({ node, value }: Work): Promise<void> {
    const parts = { state: this.state.record, abort: new AbortController(), waiting: new Set<() => void>() };
    const run = { node, value, number: ++this.#count, ...parts, puts: 0 };
    this.#alone = run;
    this.#runs.add(run);
    try {
      const out = await node.run(run, this);
      if (out !== NOTHING && !run.abort.signal.aborted) void this.#add(node.next, out);
    } catch (error) {
      this.failRun(run, error);
    }
    this.#runs.delete(run);
    this.#away.delete(run);
    this.#pump();
  }

  /** Nothing runs and nothing waits. Batches go one at a time: what one passes on may fill another. */
  #quiet(): void {
    const batch = this.#definition.batches.find((node) => this.held(node).length > 0);
    if (this.#phase === "open" && batch !== undefined) return void this.#add(batch.next, this.held(batch).splice(0));
    this.#phase = "over";
    void this.#stream.put(NOTHING);
    this.#over.resolve();
  }

  /** Gives timers and sockets a turn among work that waits for none of them. */
  #breathe(): Promise<void> | undefined {
    this.#turns += 1;
    if (this.#turns < BREATH) return undefined;
    this.#pause ??= turn().then(() => {
      this.#turns = 0;
      this.#pause = null;
    });
    return this.#pause;
  }

  /** Ends with this error, and nothing else after it; `reason` is what the others' signals tell. */
  #fail(error: unknown, reason: unknown = aborted("Another step of the flow failed.")): void {
    if (this.#phase === "failed" || this.#phase === "over") return;
    this.#phase = "failed";
    this.failure = { error };
    this.#abort(reason);
  }

  #abort(reason: unknown, except?: StepRun): void {
    while (this.#works.length > 0) this.#works.take();
    for (const run of this.#runs) if (run !== except) abortRun(run, reason);
    queueMicrotask(this.#pump);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
