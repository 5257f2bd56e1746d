import type { FlowOptions } from "./options.ts";
import type { FlowAnswer, FlowQuestion } from "./question.ts";

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
}

export type StepFunction<Value, Out, Types extends FlowTypes, Input> = (
  data: StepData<Value, Types, Input>,
) => Out | Promise<Out>;

/** A flow as a step of another: started with the value; its stream flows through, its result is the step's value. */
export interface SubFlow<Value, Out, Stream> {
  readonly getRuntimeStream: (
    input: Value,
    options: Pick<FlowOptions<FlowTypes>, "signal" | "interact">,
  ) => RuntimeStream<Stream, Out>;
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
