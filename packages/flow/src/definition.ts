import type { StepRun } from "./step-run.ts";
import type { FlowTypes, Step, StepData } from "./types.ts";

/** A node gave nothing on: what follows it does not begin. */
export const NOTHING: unique symbol = Symbol("nothing");

export type AnyStepData = StepData<unknown>;
export type AnyStep = Step<unknown, unknown, FlowTypes, unknown>;

/** What nodes may do in an execution. */
export interface NodeHost {
  /** For the run's value or one of those in it, whose place there is `part`. */
  dataFor(run: StepRun, value: unknown, part?: number): AnyStepData;
  /** What the node keeps between its runs. */
  held(node: object): unknown[];
  /** Ends the execution: everything is aborted. */
  fail(error: unknown): void;
  setResult(value: unknown): void;
}

/** Where a chain goes on. */
export interface Point {
  /** The event that the chain begins with. */
  readonly event: string;
  /** The way from there, by positions and names: the same in every process with the same definition. */
  readonly path: string;
  readonly next: Node[];
}

export interface Node extends Point {
  readonly run: (run: StepRun, host: NodeHost) => unknown;
}

/** What a flow consists of. Grows until its first execution. */
export class Definition {
  readonly start: Point = { event: "start", path: "start", next: [] };
  /** Nodes that pass on what they hold when nothing runs any more. */
  readonly batches: Set<Node> = new Set();
  hasEnd = false;
  readonly #listeners = new Map<string, Point>();
  readonly #nodes: Node[] = [];
  #joins = 0;
  #open = true;

  /** Hangs a node behind a point. `next`: where its values go on, if not behind itself. */
  add(point: Point, name: string, run: Node["run"], next: Node[] = []): Node {
    this.assertOpen();
    const node = { event: point.event, path: `${point.path}/${point.next.length}:${name}`, next, run };
    point.next.push(node);
    this.#nodes.push(node);
    return node;
  }

  /** Where an event arrives. */
  listener(event: string): Point {
    this.assertOpen();
    const known = this.#listeners.get(event);
    if (known !== undefined) return known;
    const point = { event, path: `when ${event}`, next: [] };
    this.#listeners.set(event, point);
    return point;
  }

  /** Where several events arrive together. */
  joint(event: string): Point {
    this.#joins += 1;
    return { event, path: `joint ${this.#joins} ${event}`, next: [] };
  }

  listenersOf(event: string): readonly Node[] {
    return this.#listeners.get(event)?.next ?? [];
  }

  find(event: string, path: string): Node | undefined {
    return this.#nodes.find((node) => node.event === event && node.path === path);
  }

  close(): void {
    this.#open = false;
  }

  assertOpen(): void {
    if (!this.#open) throw new Error("The flow has been started: its definition no longer changes.");
  }
}
