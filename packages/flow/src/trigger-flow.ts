import { Chain } from "./chain.ts";
import { Definition, type Node } from "./definition.ts";
import { Execution } from "./execution.ts";
import { joinNode, passNode } from "./nodes.ts";
import type { FlowOptions } from "./options.ts";
import { runtimeStream } from "./runtime-stream.ts";
import type { EventName, EventsOf, FlowTypes, RuntimeStream, StreamOf } from "./types.ts";

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
  when(
    events: string | { readonly any: readonly string[] } | { readonly all: readonly string[] },
  ): Chain<never, Input, Output, Types> {
    const { definition } = this;
    if (typeof events === "string") return new Chain(definition, definition.listener(events));
    const together = "all" in events;
    const names = [...new Set(together ? events.all : events.any)];
    if (names.length === 0) throw new RangeError("when: at least one event.");
    const joint = definition.joint(names.join(together ? " and " : " or "));
    const nodes: Node[] = [];
    const run = together ? joinNode(names, nodes) : passNode();
    for (const name of names) nodes.push(definition.add(definition.listener(name), joint.event, run, joint.next));
    return new Chain(definition, joint);
  }

  /** One execution, which begins when its first item is asked for. @throws RangeError: timeout or limits */
  getRuntimeStream(input: Input, options: FlowOptions<Types> = {}): RuntimeStream<StreamOf<Types>, Output> {
    const execution = new Execution(this.definition, input, options as FlowOptions);
    return runtimeStream(execution, this.definition.hasEnd);
  }

  /** One execution for its result alone, see {@link RuntimeStream.result}. */
  async start(input: Input, options?: FlowOptions<Types>): Promise<Output> {
    return await this.getRuntimeStream(input, options).result();
  }
}
