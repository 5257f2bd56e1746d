import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { type StepData, TriggerFlow } from "./index.ts";
import { Counter, settled } from "./testing/read.ts";

/** Event n's listeners emit only events above n, so that every flow ends. */
const EVENTS = 5;

type Action =
  | { readonly kind: "put" | "wait" | "turn" | "stop" | "throw" }
  | { readonly kind: "emit"; readonly up: number };
type Program = readonly Action[];

interface Item {
  readonly run: number;
  readonly index: number;
}
type Types = { Events: Record<string, number>; Stream: Item };
type Reader = { readonly kind: "all" | "slow" } | { readonly kind: "leave" | "abort"; readonly after: number };

const action = (faults: boolean): fc.Arbitrary<Action> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constant<Action>({ kind: "put" }) },
    { weight: 20, arbitrary: fc.record({ kind: fc.constant("emit" as const), up: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 15, arbitrary: fc.constant<Action>({ kind: "wait" }) },
    { weight: 5, arbitrary: fc.constant<Action>({ kind: "turn" }) },
    { weight: faults ? 1 : 0, arbitrary: fc.constantFrom<Action>({ kind: "stop" }, { kind: "throw" }) },
  );

const scene = (faults: boolean) =>
  fc.record({
    /** For each event, its listeners. The last events' find nobody to emit to. */
    listeners: fc.array(fc.array(fc.array(action(faults), { maxLength: 6 }), { maxLength: 2 }), {
      minLength: EVENTS,
      maxLength: EVENTS,
    }),
    limits: fc.record({
      steps: fc.integer({ min: 1, max: 4 }),
      pending: fc.integer({ min: 1, max: 4 }),
      stream: fc.integer({ min: 1, max: 4 }),
    }),
    reader: faults
      ? fc.oneof(
          fc.constantFrom<Reader>({ kind: "all" }, { kind: "slow" }),
          fc.record({ kind: fc.constantFrom("leave" as const, "abort" as const), after: fc.nat(6) }),
        )
      : fc.constantFrom<Reader>({ kind: "all" }, { kind: "slow" }),
  });
type Scene = typeof scene extends (faults: boolean) => fc.Arbitrary<infer S> ? S : never;

class Play {
  readonly counter = new Counter();
  readonly thrown: Error[] = [];
  readonly seen: Item[] = [];
  readonly put: Item[] = [];
  /** Puts that a step waits for. */
  waiting = 0;
  /** The most items that the reader had not handled, but for one of each step that waits. */
  ahead = 0;
  error: unknown = null;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async run(): Promise<this> {
    const { listeners, limits, reader } = this.#scene;
    const flow = new TriggerFlow<void, void, Types>();
    flow.to((data) => data.emit("0", 0));
    listeners.forEach((programs, event) => {
      for (const program of programs) flow.when(`${event}`).to((data) => this.#step(event, program, data));
    });
    const abort = new AbortController();
    const removed = vi.spyOn(abort.signal, "removeEventListener");
    const stream = flow.getRuntimeStream(undefined, { limits, signal: abort.signal });
    try {
      for await (const item of stream) {
        this.seen.push(item);
        if (reader.kind === "slow") await settled();
        if (reader.kind === "abort" && this.seen.length > reader.after) abort.abort(new Error("abort"));
        if (reader.kind === "leave" && this.seen.length > reader.after) break;
      }
    } catch (error) {
      this.error = error;
    }
    expect(this.counter.running).toBe(0);
    expect(removed).toHaveBeenCalledOnce();
    await settled();
    expect(this.counter.running).toBe(0);
    return this;
  }

  #step(event: number, program: Program, data: StepData<number, Types>): Promise<void> {
    return this.counter.during(async () => {
      const run = this.counter.begun;
      let index = 0;
      for (const action of program) await this.#act(event, action, { data, item: { run, index: index++ } });
    });
  }

  async #act(
    event: number,
    action: Action,
    { data, item }: { data: StepData<number, Types>; item: Item },
  ): Promise<unknown> {
    switch (action.kind) {
      case "put": {
        this.put.push(item);
        const waiting = data.putIntoStream(item);
        this.waiting += 1;
        this.ahead = Math.max(this.ahead, this.put.length - this.seen.length - this.waiting);
        return waiting.finally(() => {
          this.waiting -= 1;
        });
      }
      case "emit":
        return data.emit(`${event + action.up}`, 0);
      case "wait":
        return null;
      case "turn":
        return settled();
      case "stop":
        return data.stopStream();
      case "throw": {
        const error = new Error("thrown");
        this.thrown.push(error);
        throw error;
      }
    }
  }
}

/** How often each listener runs, counted on paper. */
function runsOf({ listeners }: Scene): number {
  const arrivals = new Array<number>(EVENTS + 3).fill(0);
  arrivals[0] = 1;
  let runs = 0;
  for (let event = 0; event < EVENTS; event++) {
    for (const program of listeners[event] ?? []) {
      const times = arrivals[event] ?? 0;
      runs += times;
      for (const each of program) if (each.kind === "emit") arrivals[event + each.up]! += times;
    }
  }
  return runs;
}

it("every event begins each of its listeners once, and every item is read once, in its step's order", async () => {
  await fc.assert(
    fc.asyncProperty(scene(false), async (one) => {
      const play = await new Play(one).run();
      expect(play.error).toBeNull();
      expect(play.counter.begun).toBe(runsOf(one));
      expect(play.seen).toEqual(play.put);
      expect(play.ahead).toBeLessThanOrEqual(one.limits.stream);
    }),
    { numRuns: 300 },
  );
}, 60_000);

it("whatever fails, stops or leaves: nothing runs afterwards, nothing comes twice or out of order", async () => {
  const ends = { failed: 0, aborted: 0, quiet: 0 };
  await fc.assert(
    fc.asyncProperty(scene(true), async (one) => {
      const play = await new Play(one).run();
      // Items are read in the order in which they were put: a prefix, or less what was dropped after a stop.
      const order = play.seen.map((item) => play.put.indexOf(item));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      expect(new Set(play.seen).size).toBe(play.seen.length);
      const error = play.error as Error | null;
      if (error === null) ends.quiet += 1;
      else if (error.message === "abort") ends.aborted += 1;
      else {
        ends.failed += 1;
        expect(play.thrown).toContain(error);
      }
    }),
    { numRuns: 500 },
  );
  for (const times of Object.values(ends)) expect(times).toBeGreaterThan(5);
}, 60_000);
