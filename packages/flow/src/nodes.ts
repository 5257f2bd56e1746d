import { type AnyStep, NOTHING, type Node } from "./definition.ts";
import { FlowError } from "./errors.ts";
import { OVERFLOW } from "./options.ts";
import { runStep } from "./sub-flow.ts";

type Run = Node["run"];

export interface Case {
  /** Null: everything that no case took. */
  readonly test: ((value: unknown) => boolean) | null;
  readonly step: AnyStep;
}

export function stepNode(step: AnyStep): Run {
  return (run, host) => runStep(step, host.dataFor(run, run.value));
}

export function matchNode(cases: readonly Case[]): Run {
  return (run, host) => {
    const taken = cases.find(({ test }) => test === null || test(run.value));
    return taken === undefined ? NOTHING : runStep(taken.step, host.dataFor(run, run.value));
  };
}

/** Values of an array, `concurrency` at a time; the results are in the array's order. */
export function forEachNode(step: AnyStep, concurrency: number): Run {
  return async (run, host) => {
    const values = run.value as readonly unknown[];
    const results: unknown[] = new Array(values.length);
    let next = 0;
    let failed = false;
    const work = async (): Promise<void> => {
      while (next < values.length && !failed && !run.aborted) {
        const index = next++;
        try {
          results[index] = await runStep(step, host.dataFor(run, values[index], index));
        } catch (error) {
          failed = true;
          // Aborts the other values' steps, which are waited for below.
          if (!run.aborted) host.fail(error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, values.length) }, work));
    return results;
  };
}

/** Collects until there are `size`; what is left is passed on by the execution. */
export function batchNode(size: number): Run {
  return (run, host) => {
    const held = host.held(run.node);
    held.push(run.value);
    return held.length >= size ? held.splice(0) : NOTHING;
  };
}

export function passNode(): Run {
  return (run) => run.value;
}

/** Waits for one of each name; who comes early waits in line. `nodes`: one for each name, in their order. */
export function joinNode(names: readonly string[], nodes: readonly Node[]): Run {
  return (run, host) => {
    const own = host.held(run.node);
    if (own.length >= OVERFLOW) throw new FlowError("overflow", `${OVERFLOW} events wait for another, see \`when\`.`);
    own.push(run.value);
    const lines = nodes.map((node) => host.held(node));
    if (lines.some((line) => line.length === 0)) return NOTHING;
    return Object.fromEntries(names.map((name, index) => [name, lines[index]?.shift()]));
  };
}

export function endNode(): Run {
  return (run, host) => {
    host.setResult(run.value);
    return NOTHING;
  };
}
