import { Definition, NOTHING, type Node, type Point } from "./definition.ts";
import { Execution } from "./execution.ts";
import { counted, OVERFLOW } from "./queue.ts";
import { nameOf, runEach, runStep } from "./step-data.ts";
import type { EventName, EventsOf, FlowOptions, FlowTypes, RuntimeStream, Step, StreamOf } from "./types.ts";
import { FlowError } from "./types.ts";

type Literal = string | number | boolean | null | undefined;

interface Case {
  readonly test: (value: unknown) => boolean;
  readonly step: unknown;
}

/**
 * A point in a flow, where values of type `Value` arrive. Each call hangs something behind this point; several of
 * them are branches that run side by side. What is hung there works in every execution that begins later.
 */
export class Chain<out Value, Input, Output, Types extends FlowTypes> {
  protected readonly definition: Definition;
  readonly #point: Point;

  constructor(definition: Definition, point: Point) {
    this.definition = definition;
    this.#point = point;
  }

  /** Runs a step, or a whole flow, with each value. */
  to<Out>(step: Step<Value, Out, Types, Input>): Chain<Out, Input, Output, Types> {
    return this.#behind(nameOf(step) || "flow", (run, execution) => runStep(step, run, execution));
  }

  /** Runs the step with each element, `concurrency` (4 by default) at a time. Results are in the array's order. */
  forEach<Element, Out>(
    this: Chain<readonly Element[], Input, Output, Types>,
    step: Step<Element, Out, Types, Input>,
    { concurrency = 4 }: { readonly concurrency?: number } = {},
  ): Chain<Out[], Input, Output, Types> {
    counted("concurrency", concurrency);
    const name = `forEach ${nameOf(step) || "flow"}`;
    return this.#behind(name, (run, execution) => runEach(step, run, execution, concurrency));
  }

  /** Collects `size` values (1,000 by default, 10,000 at most) and passes them on; fewer when nothing else runs. */
  batch({ size = 1_000 }: { readonly size?: number } = {}): Chain<Value[], Input, Output, Types> {
    counted("size", size, OVERFLOW);
    const chain = this.#behind<Value[]>("batch", ({ node, value }, execution) => {
      const held = execution.held(node);
      held.push(value);
      return held.length >= size ? held.splice(0) : NOTHING;
    });
    this.definition.batches.push(this.#point.next.at(-1) as Node);
    return chain;
  }

  /** Chooses one of several steps by the value. A value that no case takes goes nowhere. */
  match(): Match<Value, never, Input, Output, Types> {
    const cases: Case[] = [];
    this.#behind("match", (run, execution) => {
      const taken = cases.find(({ test }) => test(run.value));
      return taken === undefined ? NOTHING : runStep(taken.step, run, execution);
    });
    return new Match(this.definition, this.#point.next.at(-1) as Node, cases);
  }

  /** The value is the execution's result; the last one that arrives at any `end()`. */
  end(this: Chain<Output, Input, Output, Types>): void {
    this.definition.hasEnd = true;
    this.#behind("end", ({ value }, execution) => {
      execution.result = { value };
      return NOTHING;
    });
  }

  #behind<Out>(name: string, run: Node["run"]): Chain<Out, Input, Output, Types> {
    return new Chain(this.definition, this.definition.add(this.#point, name, run));
  }
}

/** A choice; as a chain, what the chosen steps gave back. `Rest`: what no case has taken yet. */
export class Match<Rest, out Value, Input, Output, Types extends FlowTypes> extends Chain<Value, Input, Output, Types> {
  readonly #cases: Case[];

  constructor(definition: Definition, point: Point, cases: Case[]) {
    super(definition, point);
    this.#cases = cases;
  }

  /** Takes the values that are this one (`Object.is`), or of which the predicate is true, unless an earlier case did. */
  case<Kept extends Rest, Out>(
    test: (value: Rest) => value is Kept,
    step: Step<Kept, Out, Types, Input>,
  ): Match<Exclude<Rest, Kept>, Value | Out, Input, Output, Types>;
  case<Out>(
    test: (value: Rest) => boolean,
    step: Step<Rest, Out, Types, Input>,
  ): Match<Rest, Value | Out, Input, Output, Types>;
  case<const Kept extends Rest & Literal, Out>(
    test: Kept,
    step: Step<Kept, Out, Types, Input>,
  ): Match<Exclude<Rest, Kept>, Value | Out, Input, Output, Types>;
  case(test: unknown, step: unknown): unknown {
    return this.#with(typeof test === "function" ? (test as Case["test"]) : (value) => Object.is(value, test), step);
  }

  /** Takes what no case took. */
  otherwise<Out>(step: Step<Rest, Out, Types, Input>): Chain<Value | Out, Input, Output, Types> {
    return this.#with(() => true, step);
  }

  /** What the cases give back is known only where they are declared. */
  #with(test: Case["test"], step: unknown): this & Chain<never, Input, Output, Types> {
    this.definition.assertOpen();
    this.#cases.push({ test, step });
    return this as never;
  }
}

/**
 * A workflow of steps that follow one another and steps that events begin. As a chain: where an execution's input
 * arrives. It may be changed until it is first started, and then run any number of times at once.
 */
export class TriggerFlow<Input = void, Output = void, Types extends FlowTypes = FlowTypes> extends Chain<
  Input,
  Input,
  Output,
  Types
> {
  constructor() {
    const definition = new Definition();
    super(definition, definition.start);
  }

  /** Where an event's values arrive. */
  when<Name extends EventName<Types>>(event: Name): Chain<EventsOf<Types>[Name], Input, Output, Types>;
  /** Where the values of any of these events arrive. */
  when<const Name extends EventName<Types>>(events: {
    readonly any: readonly Name[];
  }): Chain<EventsOf<Types>[Name], Input, Output, Types>;
  /** Where one value of each event arrives when there is one of each: the first of each, then the second, … */
  when<const Name extends EventName<Types>>(events: {
    readonly all: readonly Name[];
  }): Chain<{ [Each in Name]: EventsOf<Types>[Each] }, Input, Output, Types>;
  when(events: string | { readonly any?: readonly string[]; readonly all?: readonly string[] }): unknown {
    const { definition } = this;
    if (typeof events === "string") return new Chain(definition, definition.listener(events));
    const names = [...new Set(events.all ?? events.any)];
    if (names.length === 0) throw new RangeError("when: at least one event.");
    return new Chain(definition, definition.joint(names, events.all !== undefined));
  }

  /** One execution, which begins when its first item is asked for. @throws RangeError: timeout or limits */
  getRuntimeStream(input: Input, options: FlowOptions<Types> = {}): RuntimeStream<StreamOf<Types>, Output> {
    const { definition } = this;
    const execution = new Execution(definition, input, options as FlowOptions);
    const items = execution.read() as AsyncGenerator<StreamOf<Types>, void>;
    const next = () => items.next();
    return {
      next,
      return: () => {
        execution.leave();
        return items.return();
      },
      result: async () => {
        while (!(await next()).done);
        if (execution.failure !== null) throw execution.failure.error;
        if (execution.result === null && definition.hasEnd) {
          throw new FlowError("no_result", "No value reached the flow's end().");
        }
        return execution.result?.value as Output;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** One execution for its result alone, see {@link RuntimeStream.result}. */
  async start(input: Input, options?: FlowOptions<Types>): Promise<Output> {
    return await this.getRuntimeStream(input, options).result();
  }
}
