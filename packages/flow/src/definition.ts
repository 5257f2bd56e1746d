import type { Execution } from "./execution.ts";
import { OVERFLOW } from "./queue.ts";
import type { StepRun } from "./step-run.ts";
import { FlowError } from "./types.ts";

/** In place of what a node gives on: what follows it does not begin. In place of an item: none follows. */
export const NOTHING: unique symbol = Symbol("nothing");

type Running = (run: StepRun, execution: Execution) => unknown;

/** Where a chain goes on. */
export interface Point {
  /** The way there, by positions and names: unique, and the same in every process with the same definition. */
  readonly path: string;
  readonly next: Node[];
}

export interface Node extends Point {
  readonly run: Running;
}

/** What a flow consists of. Grows until its first execution closes it. */
export class Definition {
  readonly start: Point = { path: "start", next: [] };
  readonly nodes: Node[] = [];
  /** Nodes that pass on what they hold when nothing runs any more. */
  readonly batches: Node[] = [];
  readonly listeners: Map<string, Point> = new Map();
  hasEnd = false;
  closed = false;
  #joints = 0;

  /** Hangs a node behind a point. `next`: where its values go on, if not behind itself. */
  add(point: Point, name: string, run: Running, next: Node[] = []): Node {
    this.assertOpen();
    const node = { path: `${point.path}/${point.next.length}:${name}`, next, run };
    point.next.push(node);
    this.nodes.push(node);
    return node;
  }

  /** Where an event arrives. */
  listener(event: string): Point {
    this.assertOpen();
    const point = this.listeners.get(event) ?? { path: `when ${event}`, next: [] };
    this.listeners.set(event, point);
    return point;
  }

  /** Where several events arrive, each value by itself or one of each together. */
  joint(events: readonly string[], together: boolean): Point {
    const name = events.join(together ? " and " : " or ");
    const joint: Point = { path: `joint ${++this.#joints} ${name}`, next: [] };
    const nodes: Node[] = [];
    const run = together ? joined(events, nodes) : (one: StepRun) => one.value;
    for (const event of events) nodes.push(this.add(this.listener(event), name, run, joint.next));
    return joint;
  }

  assertOpen(): void {
    if (this.closed) throw new Error("The flow has been started: its definition no longer changes.");
  }
}

/** Waits for one of each name; who comes early waits in line. `nodes`: one for each name, in their order. */
function joined(names: readonly string[], nodes: readonly Node[]): Running {
  return ({ node, value }, execution) => {
    const own = execution.held(node);
    if (own.length >= OVERFLOW) throw new FlowError("overflow", `${OVERFLOW} events wait for another, see \`when\`.`);
    own.push(value);
    const lines = nodes.map((each) => execution.held(each));
    if (lines.some((line) => line.length === 0)) return NOTHING;
    return Object.fromEntries(names.map((name, index) => [name, lines[index]?.shift()]));
  };
}
