import { FlowError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { RuntimeStream } from "./types.ts";

/** @param hasEnd whether a result can be expected */
export function runtimeStream<Item, Output>(execution: Execution, hasEnd: boolean): RuntimeStream<Item, Output> {
  const next = (): Promise<IteratorResult<Item, void>> => {
    execution.start();
    return execution.stream.next() as Promise<IteratorResult<Item, void>>;
  };
  return {
    next,
    return: async () => {
      await execution.leave();
      return { done: true, value: undefined };
    },
    result: async () => {
      while (!(await next()).done);
      if (execution.failure !== null) throw execution.failure.error;
      if (execution.result !== null) return execution.result.value as Output;
      if (hasEnd) throw new FlowError("no_result", "No value reached the flow's end().");
      return undefined as Output;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
