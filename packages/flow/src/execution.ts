import { type Definition, NOTHING, type Node } from "./definition.ts";
import { isJson, State } from "./state.ts";
import { abortRun, guarded, type StepRun, type Work } from "./step-run.ts";
import { OVERFLOW, StreamQueue, Turnstile } from "./stream-queue.ts";
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
  readonly #limits: Flow.FlowLimits;
  /** Where it goes on, if it began in another process. */
  readonly #snapshot: Flow.FlowSnapshot | null;
  readonly #stream = new StreamQueue();
  readonly #held = new Map<Node, unknown[]>();
  readonly #works: Work[] = [];
  /** Works that have begun, or were dropped. */
  readonly #begun = new Turnstile();
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
  #woken = false;

  /** @throws RangeError; TypeError: the state is no JSON */
  constructor(definition: Definition, input: unknown, options: Flow.FlowOptions) {
    const { limits: { steps = 256, pending = 1_000, stream = 64 } = {}, timeout, resume, state = {} } = options;
    if (timeout != null && !(timeout >= 0 && timeout <= LONGEST_TIMER)) {
      throw new RangeError(`timeout: milliseconds from 0 to ${LONGEST_TIMER}, or null.`);
    }
    this.#limits = { steps, pending, stream };
    for (const [name, limit] of Object.entries(this.#limits)) counted(`limits.${name}`, limit);
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
      while (await this.#stream.filled()) {
        yield this.#stream.take();
        this.#stream.handle();
      }
    } finally {
      this.leave();
      await this.#over.promise;
    }
    if (this.failure !== null && !this.#left) throw this.failure.error;
  }

  /** The reader wants no more: everything is aborted. */
  leave(): void {
    if (this.#phase === "over") return;
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
    if (item !== undefined) void this.#putItem(item);
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
    return run.puts <= run.known ? undefined : this.#putItem(item);
  }

  emit(run: StepRun, event: string, value: unknown): Promise<void> | undefined {
    this.#add(this.#definition.listeners.get(event)?.next ?? [], value);
    const wait = this.#begun.wait(this.#begun.passed + this.#works.length - this.#limits.pending);
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
    if (resume === undefined) return this.#add(this.#definition.start.next, this.input);
    const snapshot = this.#snapshot;
    const node = this.#definition.nodes.find(({ path }) => path === snapshot?.step);
    if (snapshot === null || node === undefined) {
      const why = "interrupted" in resume ? resume.interrupted : "The flow has no such step any more.";
      return this.#fail(new FlowError("interrupted", why));
    }
    this.#count = snapshot.run - 1;
    this.result = snapshot.result ?? null;
    this.#add([node], snapshot.value);
  }

  #putItem(item: unknown): Promise<void> | undefined {
    if (this.#stream.length < this.#limits.stream + OVERFLOW) return this.#stream.put(item, this.#limits.stream);
    this.#overflow("items were put into the stream without waiting for the reader");
    return undefined;
  }

  #add(nodes: readonly Node[], value: unknown): void {
    if (this.#works.length + nodes.length > this.#limits.pending + OVERFLOW) {
      return this.#overflow("values wait for their step");
    }
    for (const node of nodes) this.#works.push({ node, value });
    this.#wake();
  }

  /** Somebody did not wait, though much waits already. */
  #overflow(what: string): void {
    this.#fail(new FlowError("overflow", `More than ${OVERFLOW} ${what}.`));
  }

  #wake(): void {
    if (!this.#woken) queueMicrotask(this.#pump);
    this.#woken = true;
  }

  readonly #pump = (): void => {
    this.#woken = false;
    while (this.#works.length > 0 && this.#runs.size - this.#away.size < this.#limits.steps) {
      const pause = this.#breathe();
      if (pause !== undefined) return void pause.then(() => this.#wake());
      const work = this.#works.shift() as Work;
      this.#begun.pass();
      this.#begin(work);
    }
    if (this.#runs.size === 0 && this.#works.length === 0 && this.#phase !== "over") this.#quiet();
  };

  #begin({ node, value }: Work): void {
    const number = ++this.#count;
    const known = this.#snapshot?.run === number ? this.#snapshot.puts : 0;
    const parts = { state: this.state.record, abort: new AbortController(), waiting: new Set<() => void>() };
    const run = { node, value, number, ...parts, known, puts: 0 };
    this.#alone = run;
    this.#runs.add(run);
    void new Promise((resolve) => resolve(node.run(run, this)))
      .then((out) => {
        if (out !== NOTHING && !run.abort.signal.aborted) this.#add(node.next, out);
      })
      .catch((error: unknown) => this.failRun(run, error))
      .then(() => {
        this.#runs.delete(run);
        this.#away.delete(run);
        this.#wake();
      });
  }

  /** Nothing runs and nothing waits. Batches go one at a time: what one passes on may fill another. */
  #quiet(): void {
    const batch = this.#definition.batches.find((node) => this.held(node).length > 0);
    if (this.#phase === "open" && batch !== undefined) return this.#add(batch.next, this.held(batch).splice(0));
    this.#phase = "over";
    this.#stream.end();
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
    this.#begun.pass(this.#works.splice(0).length);
    for (const run of this.#runs) if (run !== except) abortRun(run, reason);
    this.#wake();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** @throws RangeError unless the value is a whole number from 1 to `most` */
export function counted(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name}: a whole number from 1${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}.`);
  }
  return value;
}
