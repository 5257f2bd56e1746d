import { describe, expect, it } from "vitest";
import { type StepData, TriggerFlow } from "./index.ts";
import { Counter, read, settled } from "./testing/read.ts";

type Types = { Events: { Item: number; Loop: number; Go: null }; Stream: number };

describe("the stream", () => {
  it("lets a step be as many items ahead of the reader as asked for, and waits then", async () => {
    let put = 0;
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async (data) => {
      for (; put < 100; put++) await data.putIntoStream(put);
    });
    const stream = flow.getRuntimeStream(undefined, { limits: { stream: 4 } });
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    await settled();
    expect(put).toBe(4);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await settled();
    expect(put).toBe(5);
    expect((await read(stream)).items).toEqual(Array.from({ length: 98 }, (_, index) => index + 2));
  });

  it("gives several readers an item each, in the order in which they asked", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async (data) => {
      for (const item of [1, 2, 3]) await data.putIntoStream(item);
    });
    const stream = flow.getRuntimeStream();
    const all = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
    expect(all.map(({ value }) => value)).toEqual([1, 2, 3, undefined]);
  });

  it("ends with overflow when a step does not wait and the reader does not read", async () => {
    const flow = new TriggerFlow<number, void, Types>();
    flow.to((data) => {
      for (let item = 0; item < data.value; item++) void data.putIntoStream(item);
    });
    const fits = await read(flow.getRuntimeStream(10_064));
    expect(fits).toMatchObject({ items: { length: 10_064 }, error: null });
    const over = await read(flow.getRuntimeStream(20_000));
    expect(over.error).toMatchObject({ name: "FlowError", code: "overflow" });
    expect(over.items.length).toBeLessThan(10_070);
  });
});

describe("steps and events", () => {
  const flood = (of: number) => {
    const flow = new TriggerFlow<void, void, Types>();
    const counter = new Counter();
    const seen: number[] = [];
    let emitted = 0;
    flow.to(async (data) => {
      for (; emitted < of; emitted++) await data.emit("Item", emitted);
    });
    flow.when("Item").to((data) =>
      counter.during(async () => {
        await settled();
        seen.push(data.value);
      }),
    );
    return { flow, counter, seen, emitted: () => emitted };
  };

  it("no more steps run at a time than asked for, and emit waits where too much waits for them", async () => {
    const { flow, counter, seen, emitted } = flood(500);
    const ended = flow.start(undefined, { limits: { steps: 8, pending: 10 } });
    await settled();
    expect(emitted()).toBeLessThan(30);
    await ended;
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => index));
    // The step that emits waits most of the time, and is not counted while it does.
    expect(counter).toMatchObject({ begun: 500, running: 0, most: 8 });
  });

  it("steps that all wait for room leave their places to what they wait for", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    let turns = 0;
    const spread = async (data: StepData<number, Types>): Promise<void> => {
      turns += 1;
      if (data.value === 0) return;
      await Promise.all([data.emit("Item", data.value - 1), data.emit("Item", data.value - 1)]);
    };
    flow.to((data) => data.emit("Item", 10));
    flow.when("Item").to(spread);
    await flow.start(undefined, { limits: { steps: 2, pending: 1 } });
    expect(turns).toBe(2 ** 11 - 1);
  });

  it("events that multiply without end end the flow with overflow", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to((data) => data.emit("Go", null));
    flow.when("Go").to(async (data) => {
      await Promise.all([data.emit("Go", null), data.emit("Go", null)]);
    });
    await expect(flow.start()).rejects.toMatchObject({ code: "overflow" });
  });

  it("so does a point with more branches than may wait", async () => {
    const listening = new TriggerFlow<void, void, Types>();
    for (let branch = 0; branch < 11_001; branch++) listening.when("Go").to(() => {});
    listening.to((data) => data.emit("Go", null));
    await expect(listening.start()).rejects.toMatchObject({ code: "overflow" });
    const [starting, following] = [new TriggerFlow(), new TriggerFlow()];
    const behind = following.to(() => {});
    for (let branch = 0; branch < 11_001; branch++) {
      starting.to(() => {});
      behind.to(() => {});
    }
    await expect(starting.start()).rejects.toMatchObject({ code: "overflow" });
    await expect(following.start()).rejects.toMatchObject({ code: "overflow" });
  });

  it("and events that wait for a partner that never comes", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async (data) => {
      for (let item = 0; ; item++) await data.emit("Item", item);
    });
    flow.when({ all: ["Item", "Go"] }).to(() => {});
    await expect(flow.start()).rejects.toMatchObject({ code: "overflow" });
  });
});

describe("a loop of 100,000 turns", () => {
  const turns = 100_000;

  /** How often a timer went off while a flow with this step ran, whose stream is read. */
  const ticksDuring = async (step: (data: StepData<number, Types>) => Promise<void>): Promise<number> => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    const flow = new TriggerFlow<number, void, Types>();
    flow.to(step);
    await flow.start(turns);
    clearInterval(timer);
    return ticks;
  };

  it.each<[string, (data: StepData<number, Types>) => Promise<void>]>([
    ["items", ({ putIntoStream }) => putIntoStream(1)],
    ["events that nobody listens to", ({ emit }) => emit("Go", null)],
  ])("of one step, with %s, lets timers have their turn", async (_, turn) => {
    const ticks = await ticksDuring(async (data) => {
      for (let left = turns; left > 0; left--) await turn(data);
    });
    expect(ticks).toBeGreaterThan(3);
  });

  it("of one step whose items are dropped after stopStream lets timers have their turn", async () => {
    const ticks = await ticksDuring(async (data) => {
      data.stopStream();
      for (let left = turns; left > 0; left--) await data.putIntoStream(left);
    });
    expect(ticks).toBeGreaterThan(3);
  });

  it.each([
    ["whose turns wait for emit", (data: StepData<number, Types>) => data.emit("Loop", data.value - 1)],
    ["whose turns do not wait", (data: StepData<number, Types>) => void data.emit("Loop", data.value - 1)],
  ])(
    "%s leaves the stack as it is, and timers have their turn meanwhile",
    async (_, turn) => {
      const flow = new TriggerFlow<number, number, Types>();
      let left = turns;
      let ticks = 0;
      const timer = setInterval(() => {
        ticks += 1;
      }, 1);
      flow.to((data) => data.emit("Loop", data.value));
      flow.when("Loop").to((data) => {
        left = data.value;
        return data.value > 0 ? turn(data) : undefined;
      });
      await flow.start(turns);
      clearInterval(timer);
      expect(left).toBe(0);
      expect(ticks).toBeGreaterThan(3);
    },
    20_000,
  );
});
