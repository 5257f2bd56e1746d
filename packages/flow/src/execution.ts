import { type AskingHost, askPerson, suspensionOf } from "./asking.ts";
import { Breath } from "./breath.ts";
import { type AnyStepData, type Definition, NOTHING, type Node, type NodeHost } from "./definition.ts";
import { FlowError } from "./errors.ts";
import { type FlowOptions, limitsOf } from "./options.ts";
import type { AskedQuestion, FlowAnswer } from "./question.ts";
import { Scheduler } from "./scheduler.ts";
import { State } from "./state.ts";
import { type StepHost, stepData } from "./step-data.ts";
import { StepRun, type Work } from "./step-run.ts";
import { StreamQueue } from "./stream-queue.ts";

/** `stopped`: only the step that stopped the stream, and what follows it, goes on. `failed`: nothing does. */
type Phase = "new" | "open" | "stopped" | "failed" | "over";

const resolved: Promise<void> = Promise.resolve();

/** One time that a flow runs. */
export class Execution implements NodeHost, StepHost, AskingHost {
  readonly stream: StreamQueue<unknown>;
  /** The last value that reached `end()`. */
  result: { readonly value?: unknown } | null = null;
  failure: { readonly error: unknown } | null = null;
  readonly #definition: Definition;
  readonly #input: unknown;
  readonly #options: FlowOptions;
  readonly #state: State;
  readonly #breath = new Breath();
  readonly #scheduler: Scheduler;
  readonly #held = new Map<object, unknown[]>();
  readonly #over = Promise.withResolvers<void>();
  #phase: Phase = "new";
  #count = 0;
  /** Beginnings of steps, puts, changes of the state. */
  #done = 0;
  /** Takes the timer and the listener away. */
  #release = (): void => {};
  /** Items of the step that is taken up which the reader has had. */
  #known = 0;

  /** @throws RangeError; TypeError: the state is no JSON */
  constructor(definition: Definition, input: unknown, options: FlowOptions) {
    const limits = limitsOf(options);
    definition.close();
    this.#definition = definition;
    this.#input = input;
    this.#options = options;
    this.#state = new State(stateAt(options));
    this.stream = new StreamQueue(limits.stream);
    this.#scheduler = new Scheduler(limits, this.#breath, { begin: this.#begin, quiet: this.#quiet });
  }

  /** Resolves when nothing of it runs any more. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  start(): void {
    if (this.#phase !== "new") return;
    this.#phase = "open";
    const { signal, timeout = null } = this.#options;
    const onAbort = (): void => this.fail(signal?.reason, signal?.reason);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort);
    const timer = timeout === null ? undefined : setTimeout(this.#timedOut, timeout);
    this.#release = () => {
      signal?.removeEventListener("abort", onAbort);
      clearTimeout(timer);
    };
    try {
      this.#scheduler.add(this.#firstWorks());
    } catch (error) {
      this.fail(error);
    }
  }

  /** The reader has left: everything is aborted. Resolves when nothing runs any more. */
  async leave(): Promise<void> {
    this.stream.leave();
    if (this.#phase === "over") return;
    const left = new DOMException("The stream is no longer read.", "AbortError");
    this.fail(left, left);
    await this.over;
  }

  /** Ends with this error, and nothing else after it; `reason` is what the others' signals tell. */
  fail(error: unknown, reason: unknown = new DOMException("Another step of the flow failed.", "AbortError")): void {
    if (this.#phase === "failed" || this.#phase === "over") return;
    this.#phase = "failed";
    this.failure = { error };
    this.#abort(reason);
  }

  setResult(value: unknown): void {
    this.result = { value };
  }

  held(node: object): unknown[] {
    const known = this.#held.get(node);
    if (known !== undefined) return known;
    const held: unknown[] = [];
    this.#held.set(node, held);
    return held;
  }

  dataFor(run: StepRun, value: unknown, part?: number): AnyStepData {
    const place = part === undefined ? `${run.number}` : `${run.number}.${part}`;
    return stepData(this, { run, value, place }, { input: this.#input, state: this.#state });
  }

  put(run: StepRun, item: unknown): Promise<void> {
    if (run.aborted) return run.guard(resolved);
    if (this.#phase !== "open") return resolved;
    this.changed(run);
    run.puts += 1;
    if (run.puts <= run.known) return resolved;
    return this.#waitFor(run, () => this.stream.put(item));
  }

  emit(run: StepRun, event: string, value: unknown): Promise<void> {
    if (run.aborted) return run.guard(resolved);
    if (this.#phase !== "open") return resolved;
    const works = this.#definition.listenersOf(event).map((node) => ({ node, value }));
    return works.length === 0 ? resolved : this.#waitFor(run, () => this.#scheduler.offer(run, works));
  }

  changed(run: StepRun): void {
    this.#done += 1;
    run.done += 1;
  }

  stop(run: StepRun): void {
    if (run.aborted || this.#phase !== "open") return;
    this.#phase = "stopped";
    this.#abort(new DOMException("The stream was stopped.", "AbortError"), run);
  }

  ask(run: StepRun, question: AskedQuestion, signal: AbortSignal): Promise<FlowAnswer> {
    return run.guard(askPerson({ run, question, signal }, this.#options, this));
  }

  async suspend(run: StepRun, request_id: string): Promise<void> {
    await run.guard(this.stream.flushed() ?? resolved);
    const { onSuspend } = this.#options;
    if (onSuspend === undefined) return;
    // A step that has just emitted the event which began this one may not have returned yet.
    if (this.#scheduler.runs.size > 1) await run.guard(new Promise((resolve) => setTimeout(resolve, 0)));
    try {
      await onSuspend(suspensionOf(run, request_id, { hindrance: this.#hindrance(run), result: this.result }));
    } catch (error) {
      this.fail(error);
    }
    run.throwIfAborted();
  }

  #hindrance(run: StepRun): string | null {
    if (this.#phase !== "open") return "The stream was stopped.";
    const { runs, isEmpty } = this.#scheduler;
    const alone = this.#done === run.doneBefore + run.done && runs.size === 1 && isEmpty;
    if (!alone) return "Another step works, or did, since the one that asks began.";
    const held = [...this.#held.values()].some((values) => values.length > 0);
    return held ? "Values wait in a batch or for an event." : null;
  }

  #firstWorks(): Work[] {
    const { resume } = this.#options;
    if (resume === undefined) return this.#definition.start.next.map((node) => ({ node, value: this.#input }));
    const why = "interrupted" in resume ? resume.interrupted : "The flow has no such step any more.";
    const node = "interrupted" in resume ? undefined : this.#definition.find(resume.event, resume.step);
    if ("interrupted" in resume || node === undefined) {
      this.fail(new FlowError("interrupted", why));
      return [];
    }
    this.#count = resume.run - 1;
    this.#known = resume.puts;
    this.result = resume.result ?? null;
    return [{ node, value: resume.value }];
  }

  readonly #begin = (work: Work): void => {
    this.#count += 1;
    this.#done += 1;
    const begin = { number: this.#count, state: this.#state.record, done: this.#done, known: this.#known };
    const run = new StepRun(work, begin);
    this.#known = 0;
    this.#scheduler.runs.add(run);
    try {
      const out = work.node.run(run, this);
      if (!isPromise(out)) return this.#ended(run, out);
      Promise.resolve(out)
        .then((value) => this.#ended(run, value))
        .catch((error: unknown) => this.#threw(run, error));
    } catch (error) {
      this.#threw(run, error);
    }
  };

  #ended(run: StepRun, value: unknown): void {
    if (!run.aborted && value !== NOTHING) this.#pass(run.node, value);
    this.#scheduler.ended(run);
  }

  #threw(run: StepRun, error: unknown): void {
    if (!run.aborted) this.fail(error);
    this.#scheduler.ended(run);
  }

  #pass(from: Node, value: unknown): void {
    this.#scheduler.add(from.next.map((node) => ({ node, value })));
  }

  readonly #quiet = (): void => {
    if (this.#phase === "over" || (this.#phase === "open" && this.#passBatches())) return;
    this.#phase = "over";
    this.#release();
    this.stream.end(this.failure);
    this.#over.resolve();
  };

  /** One at a time: what one passes on may fill another. */
  #passBatches(): boolean {
    const node = [...this.#definition.batches].find((batch) => this.held(batch).length > 0);
    if (node !== undefined) this.#pass(node, this.held(node).splice(0));
    return node !== undefined;
  }

  /** Waits where `call` has to, or where others need a turn. A call too many ends the flow. */
  #waitFor(run: StepRun, call: () => Promise<void> | undefined): Promise<void> {
    try {
      const wait = call() ?? this.#breath.take();
      return wait === undefined ? resolved : run.guard(wait);
    } catch (error) {
      this.fail(error);
      return run.guard(Promise.reject(error));
    }
  }

  #abort(reason: unknown, except?: StepRun): void {
    this.#scheduler.clear();
    for (const run of this.#scheduler.runs) if (run !== except) run.abort(reason);
  }

  readonly #timedOut = (): void => {
    const late = new DOMException(`The flow took longer than ${this.#options.timeout} ms.`, "TimeoutError");
    this.fail(late, late);
  };
}

function stateAt({ state = {}, resume }: FlowOptions): object {
  return resume !== undefined && "state" in resume ? resume.state : state;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
