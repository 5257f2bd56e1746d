/**
 * What a flow's type parameter may name: the events with their values, what goes into the stream, what the state
 * holds. Without it every event has a name of any kind and an unknown value, and so on.
 */
export interface FlowTypes {
  Events?: object;
  Stream?: unknown;
  State?: object;
}

export type EventsOf<Types extends FlowTypes> = Types extends { Events: infer Events extends object }
  ? Events
  : Record<string, unknown>;
export type EventName<Types extends FlowTypes> = Extract<keyof EventsOf<Types>, string>;
export type StreamOf<Types extends FlowTypes> = Types extends { Stream: infer Stream } ? Stream : unknown;
export type StateOf<Types extends FlowTypes> = Types extends { State: infer State extends object }
  ? State
  : Record<string, unknown>;

type ValueArgument<Value> = undefined extends Value ? [value?: Value] : [value: Value];

/** Readonly all the way down. */
export type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;

/** One JSON object, shared by the steps of an execution. */
export interface FlowState<State extends object> {
  /** A frozen value, as JSON kept it; undefined where none was set. */
  readonly get: <Key extends keyof State & string>(key: Key) => Frozen<State[Key]> | undefined;
  /** Keeps what `JSON.stringify` makes of the value; `undefined` takes the key away. @throws TypeError: no JSON */
  readonly set: <Key extends keyof State & string>(key: Key, value: Frozen<State[Key]> | undefined) => void;
}

/** What a step is given. Its functions can be taken apart from it. */
export interface StepData<out Value, in out Types extends FlowTypes = FlowTypes, out Input = unknown> {
  /** What the step before gave back, or what the event carries. */
  readonly value: Value;
  /** What the flow was started with. */
  readonly input: Input;
  readonly state: FlowState<StateOf<Types>>;
  /** Aborts when the step's work is no longer wanted; the flow's end waits until the step has heeded it. */
  readonly signal: AbortSignal;
  /**
   * Hands an item to the reader. Resolves at once while few items wait for it, else when it has caught up; rejects
   * when the step is aborted. After `stopStream` items are dropped.
   */
  readonly putIntoStream: (item: StreamOf<Types>) => Promise<void>;
  /**
   * Ends the stream after what was put before. Every other step is aborted, no event begins anything any more; this
   * step goes on, and its value along its chain, so that `end()` can still have a result.
   */
  readonly stopStream: () => void;
  /**
   * Begins what was declared with `when(name)`; an event that nobody listens to is dropped. Does not wait for the
   * listeners, only for room where too much waits to begin; rejects when the step is aborted.
   */
  readonly emit: <Name extends EventName<Types>>(
    name: Name,
    ...value: ValueArgument<EventsOf<Types>[Name]>
  ) => Promise<void>;
  /**
   * Asks a person, once the reader has handled all that was put before. Rejects when the step is aborted, where
   * nobody can be asked, and as the port does.
   */
  readonly interact: (question: FlowQuestion) => Promise<FlowAnswer>;
  /**
   * Has an agent work on a task, once the reader has handled all that was put before, and gives its answer. Rejects
   * when the step is aborted, where there are no agents, and as the port does.
   */
  readonly agent: (task: FlowTask) => Promise<string>;
}

export type StepFunction<Value, Out, Types extends FlowTypes, Input> = (
  data: StepData<Value, Types, Input>,
) => Out | Promise<Out>;

/** A flow as a step of another: started with the value; its stream flows through, its result is the step's value. */
export interface SubFlow<Value, Out, Stream> {
  readonly getRuntimeStream: (
    input: Value,
    options: Pick<FlowOptions<FlowTypes>, "signal" | "interact" | "agent">,
  ) => RuntimeStream<Stream, Out>;
}

/** A flow of whatever types that is started with a text, for who only runs it. */
export interface RunnableFlow {
  // A method, which flows with types of their own fit.
  getRuntimeStream(input: string, options: FlowOptions): RuntimeStream<unknown, unknown>;
}

export type Step<Value, Out, Types extends FlowTypes, Input> =
  | StepFunction<Value, Out, Types, Input>
  | SubFlow<Value, Out, StreamOf<Types>>;

/**
 * What one execution puts into its stream. The execution begins when the first item is asked for. Throws, after the
 * items put before, what a step threw, a TimeoutError, or the given signal's reason. Leaving the loop aborts every
 * step and waits for them. However it ends, no step runs afterwards.
 */
export interface RuntimeStream<Item, Output> extends AsyncIterableIterator<Item, void, undefined> {
  readonly next: () => Promise<IteratorResult<Item, void>>;
  readonly return: () => Promise<IteratorResult<Item, void>>;
  /**
   * Drops the items that are left and gives the last value that reached `end()`, undefined in a flow without one.
   * Rejects as the stream throws, and with FlowError `no_result`.
   */
  readonly result: () => Promise<Output>;
}

/** How one execution runs. */
export interface FlowOptions<Types extends FlowTypes = FlowTypes> {
  /** Milliseconds until everything is aborted and the stream throws a TimeoutError; null, the default: never. */
  readonly timeout?: number | null | undefined;
  /** Aborts everything; the stream throws its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly interact?: Interact | undefined;
  /** Has an agent work, for steps that ask for it. */
  readonly agent?: CallAgent | undefined;
  /** Makes an item of a step that begins, which the stream gives in its place; undefined: none. */
  readonly mark?: ((step: FlowStep) => unknown) | undefined;
  /** What the state holds at first. */
  readonly state?: Partial<Frozen<StateOf<Types>>> | undefined;
  readonly limits?: Partial<FlowLimits> | undefined;
  /**
   * Called before a question is asked, which waits for it. Whoever keeps what it is given can take the execution up
   * at this question with `resume`. Where it throws, the flow ends with that error.
   */
  readonly onSuspend?: ((suspension: FlowSuspension) => void | Promise<void>) | undefined;
  /** Takes up an execution whose process is gone. Ends with FlowError `interrupted` where that cannot be done. */
  readonly resume?: FlowSuspension | undefined;
  /** Answers that are known already, by `request_id`: their questions are not asked. */
  readonly answers?: Readonly<Record<string, FlowAnswer>> | undefined;
}

export interface FlowStep {
  /** Of its function; "" where it has none. */
  readonly name: string;
  /** 1 for the execution's first step, then 2, 3, … */
  readonly run: number;
}

export interface FlowLimits {
  /** Steps that run at a time, those that wait in `emit` not counted; 256 by default. */
  readonly steps: number;
  /** Values that wait for their step before `emit` waits; 1,000 by default. */
  readonly pending: number;
  /** Items that the reader has not handled before `putIntoStream` waits; 64 by default. */
  readonly stream: number;
}

/** What a step asks a person. */
export interface FlowQuestion {
  readonly content: string;
  /** "question" by default. */
  readonly interaction_kind?: "question" | "confirm" | "feedback" | undefined;
  /** Answers to choose from; none by default. */
  readonly options?: readonly string[];
}

/** A question on its way to a person. */
export interface AskedQuestion extends Required<Omit<FlowQuestion, "interaction_kind">> {
  /** Unique in the execution, and the same when the same step asks again after a restart. */
  readonly request_id: string;
  readonly interaction_kind: "question" | "confirm" | "feedback";
}

/** `by`: who answered. */
export interface FlowAnswer {
  readonly answer: string;
  readonly comment: string | null;
  readonly by: string;
}

/** What a step hands to an agent. */
export interface FlowTask {
  readonly task: string;
  /** The agent's name; the flow's own by default. */
  readonly agent?: string | undefined;
}

/** Has an agent work on a task, and gives its answer. Rejects where there is none, or `signal` aborts. */
export type CallAgent = (task: FlowTask, signal: AbortSignal) => Promise<string>;

/** Asks a person. Rejects when `signal` aborts: nobody waits for the answer any more. */
export type Interact = (question: AskedQuestion, signal: AbortSignal) => Promise<FlowAnswer>;

/** Where an execution waits for an answer: all that is needed to run the step that asks again. JSON. */
export interface FlowSnapshot {
  readonly v: 1;
  readonly request_id: string;
  /** Where in the definition the step is. */
  readonly step: string;
  /** How many steps had begun in the execution, this one counted: its questions are numbered under it. */
  readonly run: number;
  /** What the step was given. */
  readonly value?: unknown;
  /** As it was when the step began. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Items that the step had put by then, all of them handled by the reader. */
  readonly puts: number;
  /** What had reached `end()`. */
  readonly result?: { readonly value?: unknown };
}

/** An execution that cannot be taken up at this question, and why. JSON. */
export interface FlowInterruption {
  readonly v: 1;
  readonly request_id: string;
  readonly interrupted: string;
}

export type FlowSuspension = FlowSnapshot | FlowInterruption;

export type FlowErrorCode =
  /** More calls wait than a flow holds: await `emit` and `putIntoStream`, or let fewer steps follow from one. */
  | "overflow"
  /** Nothing runs any more and no value reached `end()`: a `match` lacks a case, or the stream was stopped first. */
  | "no_result"
  /** The execution cannot be taken up where it was: start anew. */
  | "interrupted"
  /** A step asked, and no `interact` was given at the start. */
  | "nobody_to_ask"
  /** A step wanted an agent to work, and no `agent` was given at the start. */
  | "no_agents";

/** Why a flow cannot go on, beside the errors of its own steps. */
export class FlowError extends Error {
  override readonly name = "FlowError";
  readonly code: FlowErrorCode;

  constructor(code: FlowErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
