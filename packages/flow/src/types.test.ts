import { describe, expectTypeOf, it } from "vitest";
import type { Frozen, RuntimeStream, StepData } from "./index.ts";
import { TriggerFlow } from "./index.ts";

interface Chat {
  Events: { UserInput: string; Loop: null; Done: { turns: number }; Ping: undefined };
  Stream: string | { turn: number };
  State: { turns: number; names: string[] };
}

const chat = (): TriggerFlow<number, string, Chat> => new TriggerFlow<number, string, Chat>();

describe("a chain's type is what its steps give back", () => {
  it("from step to step, and to end()", () => {
    const flow = chat();
    flow
      .to((data) => {
        expectTypeOf(data.value).toEqualTypeOf<number>();
        expectTypeOf(data.input).toEqualTypeOf<number>();
        return { words: ["a"] };
      })
      .to(async ({ value }) => {
        expectTypeOf(value).toEqualTypeOf<{ words: string[] }>();
        return value.words.join();
      })
      .end();
    expectTypeOf<ReturnType<typeof flow.start>>().toEqualTypeOf<Promise<string>>();
    expectTypeOf<ReturnType<typeof flow.getRuntimeStream>>().toEqualTypeOf<
      RuntimeStream<string | { turn: number }, string>
    >();
    // @ts-expect-error the flow's output is a string
    flow.to(() => 1).end();
    // @ts-expect-error the flow's input is a number
    flow.to(({ value }: StepData<string, Chat>) => value);
    // @ts-expect-error the step before gives a number
    flow.to(() => 1).to(({ value }: StepData<string, Chat>) => value);
    // @ts-expect-error the flow's input is a number
    void (() => flow.getRuntimeStream("1"));
    // @ts-expect-error the flow's input is a number
    void (() => flow.start("1"));
  });

  it("a step may name only what it needs", () => {
    chat().to(({ value }: { value: number | string }) => value);
    chat().to((data: StepData<number, Chat>) => data.putIntoStream("x"));
    // @ts-expect-error it would put anything into a stream of strings
    chat().to((data: StepData<number>) => data.putIntoStream(1));
  });

  it("without type parameters values are unknown, and the start needs none", async () => {
    const flow = new TriggerFlow();
    flow.when("Any").to(({ value }) => {
      expectTypeOf(value).toBeUnknown();
    });
    expectTypeOf(flow.start).toBeCallableWith();
    expectTypeOf(flow.getRuntimeStream()).toEqualTypeOf<RuntimeStream<unknown, void>>();
  });

  it("forEach takes an array's element and gives an array", () => {
    const flow = new TriggerFlow<readonly string[], number[]>();
    const length = ({ value }: { value: string }): number => value.length;
    const half = ({ value }: { value: number }): number => value / 2;
    flow.forEach(length).end();
    flow.forEach(({ value }) => {
      expectTypeOf(value).toEqualTypeOf<string>();
    });
    // @ts-expect-error elements are strings
    flow.forEach(half);
    // @ts-expect-error a number has no elements
    chat().forEach(half);
  });

  it("batch gives an array", () => {
    const flow = chat().batch({ size: 2 });
    flow.to(({ value }) => expectTypeOf(value).toEqualTypeOf<number[]>());
  });
});

describe("match", () => {
  type Shape = { kind: "circle"; r: number } | { kind: "square"; a: number };

  it("narrows by value, and gives the union of its cases", () => {
    const flow = new TriggerFlow<"a" | "b" | "c", number | boolean | string>();
    const chosen = flow
      .match()
      .case("a", ({ value }) => {
        expectTypeOf(value).toEqualTypeOf<"a">();
        return 1;
      })
      .case("b", () => true)
      .otherwise(({ value }) => {
        expectTypeOf(value).toEqualTypeOf<"c">();
        return "rest";
      });
    chosen.to(({ value }) => expectTypeOf(value).toEqualTypeOf<number | boolean | string>());
    chosen.end();
    const match = () => flow.match().case("a", () => 1);
    // @ts-expect-error no such value
    match().case("d", () => 1);
    // @ts-expect-error taken already
    match().case("a", () => 1);
  });

  it("narrows by predicate", () => {
    const isCircle = (shape: Shape): shape is Shape & { kind: "circle" } => shape.kind === "circle";
    new TriggerFlow<Shape>()
      .match()
      .case(isCircle, ({ value }) => expectTypeOf(value.r).toBeNumber())
      .otherwise(({ value }) => expectTypeOf(value.a).toBeNumber());
    new TriggerFlow<number>()
      .match()
      .case(
        (value) => value > 3,
        ({ value }) => expectTypeOf(value).toBeNumber(),
      )
      .otherwise(({ value }) => expectTypeOf(value).toBeNumber());
  });
});

describe("events, stream and state", () => {
  it("events carry their type, alone, any and all", () => {
    const flow = chat();
    flow.when("UserInput").to(({ value }) => expectTypeOf(value).toEqualTypeOf<string>());
    flow.when({ any: ["UserInput", "Done"] }).to(({ value }) => {
      expectTypeOf(value).toEqualTypeOf<string | { turns: number }>();
    });
    flow.when({ all: ["UserInput", "Done"] }).to(({ value }) => {
      expectTypeOf(value).toEqualTypeOf<{ UserInput: string; Done: { turns: number } }>();
    });
    // @ts-expect-error no such event
    flow.when("Input");
    // @ts-expect-error no such event
    flow.when({ all: ["UserInput", "Input"] });
  });

  it("emit, putIntoStream and state take what was declared", () => {
    chat().to(async (data) => {
      await data.emit("UserInput", "hello");
      await data.emit("Loop", null);
      await data.emit("Ping");
      // @ts-expect-error no such event
      await data.emit("Input", "x");
      // @ts-expect-error it carries a string
      await data.emit("UserInput", 1);
      // @ts-expect-error it carries a string
      await data.emit("UserInput");
      await data.putIntoStream({ turn: 1 });
      // @ts-expect-error not in the stream
      await data.putIntoStream(1);
      data.state.set("turns", (data.state.get("turns") ?? 0) + 1);
      data.state.set("names", [...(data.state.get("names") ?? []), "Ada"]);
      data.state.set("names", undefined);
      expectTypeOf(data.state.get("names")).toEqualTypeOf<readonly string[] | undefined>();
      // @ts-expect-error a number
      data.state.set("turns", "1");
      // @ts-expect-error no such key
      data.state.get("turn");
    });
    expectTypeOf<Frozen<{ a: { b: number[] }[] }>>().toEqualTypeOf<{
      readonly a: readonly { readonly b: readonly number[] }[];
    }>();
  });

  it("the initial state is checked", () => {
    const flow = chat();
    void flow.getRuntimeStream(1, { state: { turns: 2 } });
    // @ts-expect-error a number
    void (() => flow.getRuntimeStream(1, { state: { turns: "2" } }));
  });
});

describe("a flow as a step", () => {
  it("takes the value, gives its output, and its stream fits", () => {
    const inner = new TriggerFlow<number, boolean, { Stream: string }>();
    chat()
      .to(inner)
      .to(({ value }) => expectTypeOf(value).toEqualTypeOf<boolean>());
    // @ts-expect-error the value is a string
    chat().when("UserInput").to(inner);
    const odd = new TriggerFlow<number, boolean, { Stream: number }>();
    // @ts-expect-error numbers are not in this flow's stream
    chat().to(odd);
    const narrow = new TriggerFlow<1 | 2, boolean, { Stream: string }>();
    // @ts-expect-error the value is any number
    chat().to(narrow);
    new TriggerFlow<number[], boolean[], Chat>().forEach(inner).end();
    new TriggerFlow<number, boolean, Chat>().match().case(1, inner).otherwise(inner).end();
  });
});
