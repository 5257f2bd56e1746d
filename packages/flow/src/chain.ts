import type { AnyStep, Definition, Point } from "./definition.ts";
import { batchNode, type Case, endNode, forEachNode, matchNode, stepNode } from "./nodes.ts";
import { counted } from "./options.ts";
import type { FlowTypes, Step } from "./types.ts";

type Literal = string | number | boolean | null | undefined;

const MOST = 10_000;

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
    return this.#behind(this.definition.add(this.#point, nameOf(step), stepNode(step as AnyStep)));
  }

  /** Runs the step with each element, `concurrency` (4 by default) at a time. Results are in the array's order. */
  forEach<Element, Out>(
    this: Chain<readonly Element[], Input, Output, Types>,
    step: Step<Element, Out, Types, Input>,
    { concurrency = 4 }: { readonly concurrency?: number } = {},
  ): Chain<Out[], Input, Output, Types> {
    const run = forEachNode(step as AnyStep, counted("concurrency", concurrency));
    return this.#behind(this.definition.add(this.#point, `forEach ${nameOf(step)}`, run));
  }

  /** Collects `size` values (1,000 by default, 10,000 at most) and passes them on; fewer when nothing else runs. */
  batch({ size = 1_000 }: { readonly size?: number } = {}): Chain<Value[], Input, Output, Types> {
    const node = this.definition.add(this.#point, "batch", batchNode(counted("size", size, MOST)));
    this.definition.batches.add(node);
    return this.#behind(node);
  }

  /** Chooses one of several steps by the value. A value that no case takes goes nowhere. */
  match(): Match<Value, never, Input, Output, Types> {
    const cases: Case[] = [];
    const point = this.definition.add(this.#point, "match", matchNode(cases));
    return new Match(this.definition, point, cases);
  }

  /** The value is the execution's result; the last one that arrives at any `end()`. */
  end(this: Chain<Output, Input, Output, Types>): void {
    this.definition.add(this.#point, "end", endNode());
    this.definition.hasEnd = true;
  }

  #behind<Out>(point: Point): Chain<Out, Input, Output, Types> {
    return new Chain(this.definition, point);
  }
}

/** A choice; as a chain, what the chosen steps gave back. `Rest`: what no case has taken yet. */
export class Match<Rest, out Value, Input, Output, Types extends FlowTypes> extends Chain<Value, Input, Output, Types> {
  readonly #cases: Case[];
  readonly #at: Point;

  constructor(definition: Definition, point: Point, cases: Case[]) {
    super(definition, point);
    this.#cases = cases;
    this.#at = point;
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
  case(test: unknown, step: unknown): Match<never, never, Input, Output, Types> {
    const predicate = typeof test === "function" ? (test as Case["test"]) : (value: unknown) => Object.is(value, test);
    return this.#with({ test: predicate, step: step as AnyStep });
  }

  /** Takes what no case took. */
  otherwise<Out>(step: Step<Rest, Out, Types, Input>): Chain<Value | Out, Input, Output, Types> {
    return this.#with({ test: null, step: step as AnyStep });
  }

  #with(one: Case): Match<never, never, Input, Output, Types> {
    this.definition.assertOpen();
    this.#cases.push(one);
    return new Match(this.definition, this.#at, this.#cases);
  }
}

function nameOf(step: unknown): string {
  return typeof step === "function" ? step.name : "flow";
}
