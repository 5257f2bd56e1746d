import { describe, expect, it } from "vitest";
import { TriggerFlow } from "./index.ts";
import { isJson, State } from "./state.ts";

describe("the state", () => {
  it("is shared by the steps of an execution, and by no other", async () => {
    type Types = { State: { turns: number }; Events: { Loop: null; Done: number } };
    const flow = new TriggerFlow<void, number, Types>();
    flow.to((data) => data.emit("Loop", null));
    flow.when("Loop").to(async ({ state, emit }) => {
      const turns = (state.get("turns") ?? 0) + 1;
      state.set("turns", turns);
      if (turns < 5) await emit("Loop", null);
      else await emit("Done", turns);
    });
    flow
      .when("Done")
      .to(({ state }) => state.get("turns") ?? 0)
      .end();
    expect(await flow.start()).toBe(5);
    expect(await flow.start()).toBe(5);
    expect(await flow.start(undefined, { state: { turns: 3 } })).toBe(5);
  });

  it("keeps JSON, frozen: neither the value that was set nor the one that is got can change it", () => {
    const names = ["a"];
    const initial = { names };
    const state = new State(initial);
    names.push("b");
    expect(state.get("names")).toEqual(["a"]);
    state.set("names", names);
    names.push("c");
    expect(state.get("names")).toEqual(["a", "b"]);
    expect(() => (state.get("names") as string[]).push("d")).toThrow(TypeError);
    state.set("odd", { date: new Date(0), gone: undefined, nan: Number.NaN });
    expect(state.get("odd")).toEqual({ date: "1970-01-01T00:00:00.000Z", nan: null });
    expect(() => state.set("big", 1n)).toThrow(TypeError);
  });

  it("holds every key as its own (T32)", () => {
    const state = new State({});
    expect(state.get("constructor")).toBeUndefined();
    state.set("__proto__", { x: 1 });
    expect(state.get("__proto__")).toEqual({ x: 1 });
    expect(state.get("x")).toBeUndefined();
    expect(JSON.stringify(state.record)).toBe('{"__proto__":{"x":1}}');
    state.set("__proto__", undefined);
    expect(state.get("__proto__")).toBeUndefined();
    expect(state.record).toEqual({});
  });

  it("is at each moment a record that stays as it is", () => {
    const state = new State({ a: 1 });
    const before = state.record;
    state.set("a", 2);
    expect(before).toEqual({ a: 1 });
    expect(state.record).toEqual({ a: 2 });
  });
});

describe("isJson", () => {
  it("is true of what JSON keeps whole, and of nothing else", () => {
    const self: unknown[] = [];
    self.push(self);
    const shared = { a: 1 };
    const deep = Array.from({ length: 20_000 }).reduce<unknown>((inner) => [inner], 0);
    for (const value of [undefined, null, "", 0, [1, "a"], { a: { b: [null] }, gone: undefined }, [shared, shared]])
      expect(isJson(value)).toBe(true);
    for (const value of [
      Number.NaN,
      -0,
      1n,
      new Date(0),
      [undefined],
      new Array(1),
      { f: () => 1 },
      self,
      deep,
      new Map(),
    ])
      expect(isJson(value)).toBe(false);
  });
});
