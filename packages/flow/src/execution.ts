import { type Definition, NOTHING, type Node } from "./definition.ts";
import { isJson, State } from "./state.ts";
import { StepRun, type Work } from "./step-run.ts";
import { OVERFLOW, StreamQueue, Turnstile } from "./stream-queue.ts";
import type * as Flow from "./types.ts";
import { FlowError } from "./types.ts";

/** Steps or items after which timers and sockets have a turn. */
const BREATH = 1_000;

/** Longer timers go off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

type AnyFlow = Flow.SubFlow<unknown, unknown, unknown>;
const aborted = (message: string): DOMException => new DOMException(message, "AbortError");

/** One time that a flow runs. Nothing begins inside the call that asked for it; first come, first served. */
export class Execution {
  /** The last value that reached `end()`. */
  result: { readonly value?: unknown } | null = null;
  failure: { readonly error: unknown } | null = null;
  readonly #definition: Definition;
  readonly #input: unknown;
  readonly #options: Flow.FlowOptions;
  readonly #limits: Flow.FlowLimits;
  readonly #state: State;
  readonly #stream: StreamQueue;
  readonly #held = new Map<Node, unknown[]>();
  readonly #over = Promise.withResolvers<void>();
  readonly #works: Work[] = [];
  /** Works that have begun, or were dropped. */
  readonly #begun = new Turnstile();
  readonly #runs = new Set<StepRun>();
  /** Of these, those that wait for room and therefore leave their place to others. */
  readonly #away = new Set<StepRun>();
  /** `stopped`: only the step that stopped the stream, and what follows it, goes on. `failed`: nothing does. */
  #phase: "new" | "open" | "stopped" | "failed" | "over" = "new";
  #count = 0;
  /** Beginnings of steps, puts, changes of the state. */
  #done = 0;
  /** Items of the step that is taken up which the reader has had. */
  #known = 0;
  #turns = 0;
  #pause: Promise<void> | null = null;
  #woken = false;
  /** Takes the timer and the listener away. */
  #release = (): void => {};

  /** @throws RangeError; TypeError: the state is no JSON */
  constructor(definition: Definition, input: unknown, options: Flow.FlowOptions) {
    const { limits: { steps = 256, pending = 1_000, stream = 64 } = {}, timeout = null, resume, state } = options;
    if (timeout !== null && !(timeout >= 0 && timeout <= LONGEST_TIMER)) {
      throw new RangeError(`timeout: milliseconds from 0 to ${LONGEST_TIMER}, or null.`);
    }
    for (const [name, limit] of Object.entries({ steps, pending, stream })) counted(`limits.${name}`, limit);
    definition.close();
    this.#definition = definition;
    this.#input = input;
    this.#options = options;
    this.#limits = { steps, pending, stream };
    this.#state = new State((resume !== undefined && "state" in resume ? resume.state : state) ?? {});
    this.#stream = new StreamQueue(stream);
  }

  next(): Promise<IteratorResult<unknown, void>> {
    if (this.#phase === "new") this.#start();
    return this.#stream.next();
  }

  /** The reader has left: everything is aborted. Resolves when nothing runs any more. */
  async leave(): Promise<{ done: true; value: undefined }> {
    this.#stream.end(null, true);
    const left = aborted("The stream is no longer read.");
    this.fail(left, left);
    if (this.#phase !== "over") await this.#over.promise;
    return { done: true, value: undefined };
  }

  /** Ends with this error, and nothing else after it; `reason` is what the others' signals tell. */
  fail(error: unknown, reason: unknown = aborted("Another step of the flow failed.")): void {
    if (this.#phase === "failed" || this.#phase === "over") return;
    this.#phase = "failed";
    this.failure = { error };
    this.#abort(reason);
  }

  /** What a node keeps between its runs. */
  held(node: Node): unknown[] {
    const held = this.#held.get(node) ?? [];
    this.#held.set(node, held);
    return held;
  }

  /** Runs a step with the run's value. */
  step(step: unknown, run: StepRun): unknown {
    this.#mark(step, run);
    return runStep(step, this.#dataFor(run, run.begin.value, `${run.begin.number}`));
  }

  /** Runs a step with each of the run's values, `concurrency` at a time; the results are in their order. */
  async steps(step: unknown, run: StepRun, concurrency: number): Promise<unknown[]> {
    this.#mark(step, run);
    const values = run.begin.value as readonly unknown[];
    const results: unknown[] = new Array(values.length);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < values.length && !run.signal.aborted) {
        const index = next++;
        try {
          results[index] = await runStep(step, this.#dataFor(run, values[index], `${run.begin.number}.${index}`));
        } catch (error) {
          // Aborts the other values' steps, which are waited for below.
          if (!run.signal.aborted) this.fail(error);
          next = values.length;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, values.length) }, work));
    return results;
  }

  #start(): void {
    this.#phase = "open";
    const { signal, timeout } = this.#options;
    const onAbort = (): void => this.fail(signal?.reason, signal?.reason);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort);
    const late = new DOMException(`The flow took longer than ${timeout} ms.`, "TimeoutError");
    const timer = timeout == null ? undefined : setTimeout(() => this.fail(late, late), timeout);
    this.#release = () => {
      signal?.removeEventListener("abort", onAbort);
      clearTimeout(timer);
    };
    this.#add(this.#firstWorks());
  }

  #firstWorks(): Work[] {
    const { resume } = this.#options;
    if (resume === undefined) return this.#definition.start.next.map((node) => ({ node, value: this.#input }));
    const snapshot = "interrupted" in resume ? null : resume;
    const node = this.#definition.nodes.find(({ event, path }) => event === snapshot?.event && path === snapshot.step);
    if (snapshot === null || node === undefined) {
      const why = "interrupted" in resume ? resume.interrupted : "The flow has no such step any more.";
      this.fail(new FlowError("interrupted", why));
      return [];
    }
    this.#count = snapshot.run - 1;
    this.#known = snapshot.puts;
    this.result = snapshot.result ?? null;
    return [{ node, value: snapshot.value }];
  }

  /** A step that is taken up was marked before. */
  #mark(step: unknown, { begin: { number: run } }: StepRun): void {
    const { mark, resume } = this.#options;
    const again = resume !== undefined && "run" in resume && resume.run === run;
    const item = again || this.#phase !== "open" ? undefined : mark?.({ name: nameOf(step), run });
    if (item !== undefined) void this.#put(item);
  }

  /** What a step is given. @param place what its questions are numbered under */
  #dataFor(run: StepRun, value: unknown, place: string): Flow.StepData<unknown> {
    let asked = 0;
    const { get, set } = this.#state;
    return {
      value,
      input: this.#input,
      signal: run.signal,
      state: {
        get,
        set: (key, changed) => {
          set(key, changed);
          this.#changed(run);
        },
      },
      putIntoStream: (item) =>
        this.#calling(run, () => {
          this.#changed(run);
          run.puts += 1;
          return run.puts <= run.begin.known ? undefined : this.#put(item);
        }),
      emit: (event, ...[carried]) => this.#calling(run, () => this.#emit(run, event, carried)),
      stopStream: () => {
        if (run.signal.aborted || this.#phase !== "open") return;
        this.#phase = "stopped";
        this.#abort(aborted("The stream was stopped."), run);
      },
      // A sub-flow has these as its ports, and may stop waiting before this step does.
      interact: ({ content, interaction_kind = "question", options = [] }, signal = run.signal) => {
        asked += 1;
        const question = { request_id: `${place}.${asked}`, interaction_kind, content, options };
        return run.guard(this.#ask(run, question, signal));
      },
      agent: (task: Flow.FlowTask, signal = run.signal) => run.guard(this.#call(run, task, signal)),
    };
  }

  /** Waits where `call` has to, or where others need a turn. */
  #calling(run: StepRun, call: () => Promise<void> | undefined): Promise<void> {
    if (run.signal.aborted || this.#phase !== "open") return run.guard(undefined);
    return run.guard(call() ?? this.#breathe());
  }

  #put(item: unknown): Promise<void> | undefined {
    if (!this.#stream.full) return this.#stream.put(item);
    this.#overflow("items were put into the stream without waiting for the reader");
    return undefined;
  }

  /** Somebody did not wait, though much waits already. */
  #overflow(what: string): void {
    this.fail(new FlowError("overflow", `More than ${OVERFLOW} ${what}.`));
  }

  #changed(run: StepRun): void {
    this.#done += 1;
    run.done += 1;
  }

  #emit(run: StepRun, event: string, value: unknown): Promise<void> | undefined {
    this.#add(this.#definition.listenersOf(event).map((node) => ({ node, value })));
    const wait = this.#begun.wait(this.#begun.passed + this.#works.length - this.#limits.pending);
    if (wait === undefined) return undefined;
    run.waits += 1;
    if (this.#runs.has(run)) this.#away.add(run);
    return wait.then(() => {
      run.waits -= 1;
      if (run.waits === 0) this.#away.delete(run);
    });
  }

  async #call(run: StepRun, task: Flow.FlowTask, signal: AbortSignal): Promise<string> {
    const { agent } = this.#options;
    if (agent === undefined) throw new FlowError("no_agents", "The flow was started without `agent`.");
    await run.guard(this.#stream.flushed());
    return await agent(task, signal);
  }

  /** The answer that is known already, or a person's, once whoever keeps suspensions has this one. */
  async #ask(run: StepRun, question: Flow.AskedQuestion, signal: AbortSignal): Promise<Flow.FlowAnswer> {
    const { answers = {}, interact, onSuspend } = this.#options;
    const { request_id } = question;
    const known = Object.hasOwn(answers, request_id) ? answers[request_id] : undefined;
    if (known !== undefined) return known;
    if (interact === undefined) throw new FlowError("nobody_to_ask", "The flow was started without `interact`.");
    await run.guard(this.#stream.flushed());
    if (onSuspend !== undefined) {
      // A step that has just emitted the event which began this one may not have returned yet.
      if (this.#runs.size > 1) await run.guard(new Promise((resolve) => setTimeout(resolve, 0)));
      await (async () => onSuspend(this.#suspension(run, request_id)))().catch((error: unknown) => this.fail(error));
      run.signal.throwIfAborted();
    }
    return await interact(question, signal);
  }

  #suspension({ begin, done, puts }: StepRun, request_id: string): Flow.FlowSuspension {
    const { node, value, number: run, state } = begin;
    const interrupted = (why: string): Flow.FlowSuspension => ({ v: 1, request_id, interrupted: why });
    if (this.#phase !== "open") return interrupted("The stream was stopped.");
    if (this.#done !== begin.done + done || this.#runs.size > 1 || this.#works.length > 0) {
      return interrupted("Another step works, or did, since the one that asks began.");
    }
    if ([...this.#held.values()].some((held) => held.length > 0)) {
      return interrupted("Values wait in a batch or for an event.");
    }
    if (!isJson(value) || !isJson(this.result?.value)) return interrupted("A value is not JSON.");
    const ended = this.result === null ? {} : { result: this.result };
    return { v: 1, request_id, event: node.event, step: node.path, run, value, state, puts, ...ended };
  }

  #add(works: readonly Work[]): void {
    if (this.#works.length + works.length > this.#limits.pending + OVERFLOW) {
      return this.#overflow("values wait for their step");
    }
    this.#works.push(...works);
    this.#wake();
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
      this.#begun.pass(this.#begun.passed + 1);
      this.#begin(work);
    }
    if (this.#runs.size === 0 && this.#works.length === 0 && this.#phase !== "over") this.#quiet();
  };

  #begin(work: Work): void {
    this.#count += 1;
    this.#done += 1;
    const [number, done, known] = [this.#count, this.#done, this.#known];
    const run = new StepRun({ ...work, number, state: this.#state.record, done, known });
    this.#known = 0;
    this.#runs.add(run);
    const threw = (error: unknown): void => this.#ended(run, () => this.fail(error));
    const gave = (value: unknown): void =>
      this.#ended(run, () => value !== NOTHING && this.#add(work.node.next.map((node) => ({ node, value }))));
    try {
      const out = work.node.run(run, this);
      if (isPromise(out)) Promise.resolve(out).then(gave, threw);
      else gave(out);
    } catch (error) {
      threw(error);
    }
  }

  /** What an aborted step gives or throws is dropped. */
  #ended(run: StepRun, then: () => unknown): void {
    if (!run.signal.aborted) then();
    this.#runs.delete(run);
    this.#away.delete(run);
    this.#wake();
  }

  /** Nothing runs and nothing waits. Batches go one at a time: what one passes on may fill another. */
  #quiet(): void {
    const batch = this.#definition.batches.find((node) => this.held(node).length > 0);
    if (this.#phase === "open" && batch !== undefined) {
      const value = this.held(batch).splice(0);
      return this.#add(batch.next.map((node) => ({ node, value })));
    }
    this.#phase = "over";
    this.#release();
    this.#stream.end(this.failure);
    this.#over.resolve();
  }

  /** Gives timers and sockets a turn among work that waits for none of them. */
  #breathe(): Promise<void> | undefined {
    this.#turns += 1;
    if (this.#turns < BREATH) return undefined;
    this.#pause ??= new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
      this.#turns = 0;
      this.#pause = null;
    });
    return this.#pause;
  }

  #abort(reason: unknown, except?: StepRun): void {
    this.#begun.pass(this.#begun.passed + this.#works.splice(0).length);
    for (const run of this.#runs) if (run !== except) run.abort(reason);
    this.#wake();
  }
}

/** However a flow ends that is a step, nothing of it runs afterwards. */
async function runFlow(flow: AnyFlow, data: Flow.StepData<unknown>): Promise<unknown> {
  const { value, signal, interact, agent, putIntoStream } = data;
  const stream = flow.getRuntimeStream(value, { signal, interact, agent });
  for await (const item of stream) await putIntoStream(item);
  return await stream.result();
}

const runStep = (step: unknown, data: Flow.StepData<unknown>): unknown =>
  typeof step === "function" ? step(data) : runFlow(step as AnyFlow, data);

/** Of a step's function; "" for a flow. */
export const nameOf = (step: unknown): string => (typeof step === "function" ? step.name : "");

/** @throws RangeError unless the value is a whole number from 1 to `most` */
export function counted(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name}: a whole number from 1${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}.`);
  }
  return value;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
