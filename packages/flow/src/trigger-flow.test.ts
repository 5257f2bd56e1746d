import { describe, expect, it } from "vitest";
import { FlowError, type StepData, TriggerFlow } from "./index.ts";
import { Counter, read } from "./testing/read.ts";

const double = ({ value }: { value: number }): number => value * 2;
const next = async ({ value }: { value: number }): Promise<number> => value + 1;

describe("a chain of steps", () => {
  it("hands each step what the one before gave back, and its last value is the result", async () => {
    const flow = new TriggerFlow<number, string>();
    flow
      .to(double)
      .to(next)
      .to(({ value, input }) => `${input} ${value}`)
      .end();
    expect(await flow.start(4)).toBe("4 9");
  });

  it("with several chains behind one point runs them side by side", async () => {
    const flow = new TriggerFlow<number, number, { Stream: string }>();
    const gate = Promise.withResolvers<void>();
    const from = flow.to(double);
    from.to(async (data) => {
      await gate.promise;
      await data.putIntoStream(`first ${data.value}`);
    });
    from.to(async (data) => {
      await data.putIntoStream(`second ${data.value}`);
      gate.resolve();
    });
    flow.to((data) => data.putIntoStream(`third ${data.value}`));
    expect((await read(flow.getRuntimeStream(2))).items).toEqual(["third 2", "second 4", "first 4"]);
  });

  it("gives undefined where the flow has no end()", async () => {
    const flow = new TriggerFlow<number>();
    flow.to(double);
    expect(await flow.start(1)).toBeUndefined();
  });

  it("rejects with no_result where no value reached its end(), which the stream alone does not mind", async () => {
    const flow = new TriggerFlow<number, number>();
    flow.match().case(1, double).end();
    expect(await flow.start(1)).toBe(2);
    await expect(flow.start(2)).rejects.toMatchObject({ name: "FlowError", code: "no_result" });
    expect(await read(flow.getRuntimeStream(2))).toEqual({ items: [], error: null });
  });

  it("keeps the last value that reached an end()", async () => {
    const flow = new TriggerFlow<number, number, { Events: { Late: number } }>();
    flow.to((data) => data.emit("Late", 7).then(() => 1)).end();
    flow.when("Late").to(next).to(next).end();
    expect(await flow.start(0)).toBe(9);
  });

  it("takes a step's thenable for a promise", async () => {
    // biome-ignore lint/suspicious/noThenProperty: a promise of another make
    const thenable = { then: (resolve: (value: number) => void) => resolve(3) } as Promise<number>;
    const flow = new TriggerFlow<number, number>();
    flow
      .to(() => thenable)
      .to(double)
      .end();
    expect(await flow.start(0)).toBe(6);
  });

  it("cannot be changed once it was started, and then runs any number of times at once", async () => {
    const flow = new TriggerFlow<number, number, { State: { seen: number } }>();
    const both = Promise.withResolvers<void>();
    let begun = 0;
    const match = flow.match();
    flow
      .to(async ({ value, state }) => {
        state.set("seen", value);
        begun += 1;
        if (begun === 2) both.resolve();
        await both.promise;
        return state.get("seen") ?? -1;
      })
      .end();
    expect(await Promise.all([flow.start(1), flow.start(2)])).toEqual([1, 2]);
    expect(() => flow.to(double)).toThrow("no longer changes");
    expect(() => flow.when("x")).toThrow("no longer changes");
    expect(() => match.otherwise(double)).toThrow("no longer changes");
  });
});

describe("match", () => {
  const flow = new TriggerFlow<number | string, string>();
  flow
    .match()
    .case(0, () => "nil")
    .case(
      (value) => typeof value === "string",
      async ({ value }) => `text ${value}`,
    )
    .case(0, () => "never")
    .case(Number.NaN, () => "not a number")
    .otherwise(({ value }) => `other ${value}`)
    .end();

  it("takes the first case that fits, by value or predicate", async () => {
    const values = [0, "0", Number.NaN, -0, 5];
    const results = await Promise.all(values.map((value) => flow.start(value)));
    expect(results).toEqual(["nil", "text 0", "not a number", "other 0", "other 5"]);
  });

  it("ends the flow with what a predicate throws", async () => {
    const broken = new TriggerFlow<number>();
    const odd = (): boolean => {
      throw new Error("odd");
    };
    broken.match().case(odd, double);
    await expect(broken.start(1)).rejects.toThrow("odd");
  });
});

describe("forEach", () => {
  it("gives results in the array's order, with no more steps at a time than asked for", async () => {
    const counter = new Counter();
    const flow = new TriggerFlow<readonly number[], number[]>();
    const late = ({ value }: { value: number }): Promise<number> =>
      counter.during(async () => {
        for (let turns = 0; turns < 20 - value; turns++) await null;
        return value * 10;
      });
    flow.forEach(late, { concurrency: 3 }).end();
    const values = Array.from({ length: 20 }, (_, index) => index);
    expect(await flow.start(values)).toEqual(values.map((value) => value * 10));
    expect(counter).toMatchObject({ most: 3, running: 0, begun: 20 });
    expect(await flow.start([])).toEqual([]);
  });

  it("stops at an element that fails: the others are aborted and waited for, the rest does not begin", async () => {
    const counter = new Counter();
    const flow = new TriggerFlow<readonly number[], unknown[]>();
    const one = (data: StepData<number>): Promise<void> =>
      counter.during(async () => {
        if (data.value === 1) throw new Error("one");
        await new Promise<void>((resolve) => data.signal.addEventListener("abort", () => resolve()));
      });
    flow.forEach(one, { concurrency: 2 }).end();
    await expect(flow.start([0, 1, 2, 3])).rejects.toThrow("one");
    expect(counter).toMatchObject({ running: 0, begun: 2 });
  });

  it("wants a concurrency of at least 1", () => {
    const flow = new TriggerFlow<readonly number[]>();
    expect(() => flow.forEach(double, { concurrency: 0 })).toThrow(RangeError);
  });
});

describe("batch", () => {
  it("collects so many, and passes on what is left when nothing else runs", async () => {
    const flow = new TriggerFlow<number, void, { Events: { Item: number }; Stream: string }>();
    flow.to(async (data) => {
      for (let item = 1; item <= data.value; item++) await data.emit("Item", item);
    });
    const batches = flow.when("Item").to(next).batch({ size: 3 });
    batches.to((data) => data.putIntoStream(data.value.join()));
    batches.batch().to((data) => data.putIntoStream(`${data.value.length} batches`));
    expect((await read(flow.getRuntimeStream(7))).items).toEqual(["2,3,4", "5,6,7", "8", "3 batches"]);
    expect((await read(flow.getRuntimeStream(0))).items).toEqual([]);
    expect(() => new TriggerFlow().batch({ size: 0 })).toThrow(RangeError);
    expect(() => new TriggerFlow().batch({ size: 10_001 })).toThrow(RangeError);
  });
});

describe("events", () => {
  type Types = { Events: { A: number; B: string; C: null }; Stream: string };

  it("begin every chain that waits for them, in the order of declaration; nobody listening is no error", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async (data) => {
      await data.emit("C", null);
      await data.emit("A", 1);
      await data.emit("A", 2);
    });
    flow.when("A").to((data) => data.putIntoStream(`first ${data.value}`));
    flow.when("A").to((data) => data.putIntoStream(`second ${data.value}`));
    expect((await read(flow.getRuntimeStream())).items).toEqual(["first 1", "second 1", "first 2", "second 2"]);
  });

  it("begin nothing inside the call of emit", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    const order: string[] = [];
    flow.to((data) => {
      void data.emit("A", 1);
      order.push("emitted");
    });
    flow.when("A").to(() => void order.push("begun"));
    await flow.start();
    expect(order).toEqual(["emitted", "begun"]);
  });

  it("any: each of several events begins the chain", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async (data) => {
      await data.emit("B", "b");
      await data.emit("A", 1);
    });
    flow.when({ any: ["A", "B"] }).to((data) => data.putIntoStream(`got ${data.value}`));
    expect((await read(flow.getRuntimeStream())).items).toEqual(["got b", "got 1"]);
    expect(() => new TriggerFlow().when({ any: [] })).toThrow(RangeError);
  });

  it("all: one of each begins the chain, first with first and second with second", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async (data) => {
      await data.emit("A", 1);
      await data.emit("A", 2);
      await data.emit("B", "x");
      await data.emit("B", "y");
      await data.emit("A", 3);
    });
    flow.when({ all: ["A", "B", "A"] }).to((data) => data.putIntoStream(JSON.stringify(data.value)));
    expect((await read(flow.getRuntimeStream())).items).toEqual(['{"A":1,"B":"x"}', '{"A":2,"B":"y"}']);
  });

  it("all: keeps several joints of the same events apart", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async (data) => {
      await data.emit("A", 1);
      await data.emit("B", "x");
    });
    flow.when({ all: ["A", "B"] }).to((data) => data.putIntoStream("one"));
    flow.when({ all: ["B", "A"] }).to((data) => data.putIntoStream("other"));
    expect((await read(flow.getRuntimeStream())).items).toEqual(["one", "other"]);
  });
});

describe("a flow as a step", () => {
  const inner = new TriggerFlow<number, number, { Stream: string }>();
  inner
    .to(async (data) => {
      if (data.value < 0) throw new Error("negative");
      await data.putIntoStream(`inner ${data.value}`);
      return data.value;
    })
    .to(double)
    .end();

  it("puts into the outer stream and gives its result", async () => {
    const outer = new TriggerFlow<number, number, { Stream: string }>();
    outer.to(next).to(inner).to(next).end();
    const stream = outer.getRuntimeStream(1);
    expect((await read(stream)).items).toEqual(["inner 2"]);
    expect(await stream.result()).toBe(5);
  });

  it("works in forEach, in match and in itself", async () => {
    const outer = new TriggerFlow<readonly number[], number[], { Stream: string }>();
    outer.forEach(inner, { concurrency: 1 }).end();
    const stream = outer.getRuntimeStream([3, 4]);
    expect((await read(stream)).items).toEqual(["inner 3", "inner 4"]);
    expect(await stream.result()).toEqual([6, 8]);

    const down = new TriggerFlow<number, number>();
    down
      .match()
      .case(0, () => 0)
      .otherwise(({ value }): Promise<number> => down.start(value - 1))
      .end();
    expect(await down.start(50)).toBe(0);
  });

  it("fails the outer flow with its error, or for want of a result", async () => {
    const outer = new TriggerFlow<number, number, { Stream: string }>();
    outer.to(inner).end();
    await expect(outer.start(-1)).rejects.toThrow("negative");
    const silent = new TriggerFlow<number, number>();
    silent.match().case(7, double).end();
    const around = new TriggerFlow<number, number>();
    around.to(silent).end();
    await expect(around.start(1)).rejects.toBeInstanceOf(FlowError);
  });

  it("stops only its own stream", async () => {
    const stopping = new TriggerFlow<number, string, { Stream: string }>();
    stopping
      .to((data) => {
        data.stopStream();
        return "stopped";
      })
      .end();
    const outer = new TriggerFlow<number, string, { Stream: string }>();
    outer
      .to(stopping)
      .to(async (data) => {
        await data.putIntoStream("still open");
        return data.value;
      })
      .end();
    const stream = outer.getRuntimeStream(1);
    expect((await read(stream)).items).toEqual(["still open"]);
    expect(await stream.result()).toBe("stopped");
  });
});
