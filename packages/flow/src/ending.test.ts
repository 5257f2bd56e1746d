import { describe, expect, it, vi } from "vitest";
import { type StepData, TriggerFlow } from "./index.ts";
import { Counter, read, settled, untilAborted } from "./testing/read.ts";

type Types = { Events: { Loop: number; Go: null }; Stream: string };

/** A step that runs until it is aborted, and one more turn. */
function endless(counter: Counter, reasons: unknown[] = []) {
  return (data: StepData<unknown, Types>): Promise<void> =>
    counter.during(async () => {
      await untilAborted(data.signal).catch((reason: unknown) => void reasons.push(reason));
      await settled();
    });
}

describe("a stream ends by itself when no step runs and no event waits", () => {
  it("also after many events", async () => {
    const flow = new TriggerFlow<number, number, Types>();
    flow.to((data) => data.emit("Loop", data.value));
    const turn = flow.when("Loop").to(async (data) => {
      await data.putIntoStream(`${data.value}`);
      if (data.value > 0) await data.emit("Loop", data.value - 1);
      return data.value;
    });
    turn.end();
    const stream = flow.getRuntimeStream(3);
    expect((await read(stream)).items).toEqual(["3", "2", "1", "0"]);
    expect(await stream.result()).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("begins when its first item is asked for, not before", async () => {
    const counter = new Counter();
    const flow = new TriggerFlow();
    flow.to(() => counter.during(() => {}));
    const stream = flow.getRuntimeStream();
    await settled();
    expect(counter.begun).toBe(0);
    await stream.next();
    expect(counter.begun).toBe(1);
  });

  it("at once, where the flow has no steps", async () => {
    expect(await read(new TriggerFlow().getRuntimeStream())).toEqual({ items: [], error: null });
  });
});

describe("stopStream", () => {
  it("ends after what was put before; the step that stops goes on to end()", async () => {
    const flow = new TriggerFlow<void, string, Types>();
    flow
      .to(async (data) => {
        await data.putIntoStream("before");
        data.stopStream();
        data.stopStream();
        await data.putIntoStream("dropped");
        await data.emit("Go", null);
        expect(data.signal.aborted).toBe(false);
        return "done";
      })
      .to(async (data) => {
        await data.putIntoStream("dropped too");
        return data.value;
      })
      .end();
    const begun = vi.fn();
    flow.when("Go").to(begun);
    const stream = flow.getRuntimeStream();
    expect((await read(stream)).items).toEqual(["before"]);
    expect(await stream.result()).toBe("done");
    expect(begun).not.toHaveBeenCalled();
  });

  it("aborts every other step and waits for it; what it gives back goes nowhere", async () => {
    const [counter, reasons] = [new Counter(), [] as unknown[]];
    const flow = new TriggerFlow<void, string, Types>();
    const after = vi.fn();
    flow.to(endless(counter, reasons)).to(after);
    flow
      .to(async (data) => {
        await settled();
        data.stopStream();
        return "done";
      })
      .end();
    expect(await flow.start()).toBe("done");
    expect(counter).toMatchObject({ begun: 1, running: 0 });
    expect(reasons).toMatchObject([{ name: "AbortError" }]);
    expect(after).not.toHaveBeenCalled();
  });

  it("drops the events that wait to begin something", async () => {
    const begun = vi.fn();
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async (data) => {
      await data.emit("Go", null);
      void data.emit("Go", null);
      data.stopStream();
    });
    flow.when("Go").to(begun);
    await flow.start(undefined, { limits: { steps: 1 } });
    expect(begun).not.toHaveBeenCalled();
  });

  it("lets the step that stops go on where it waits for room", async () => {
    const begun = vi.fn();
    const flow = new TriggerFlow<void, string, Types>();
    flow
      .to(async (data) => {
        const emits = [data.emit("Go", null), data.emit("Go", null), data.emit("Go", null)];
        data.stopStream();
        await Promise.all(emits);
        return "done";
      })
      .end();
    flow.when("Go").to(begun);
    expect(await flow.start(undefined, { limits: { steps: 1, pending: 1 } })).toBe("done");
    expect(begun).not.toHaveBeenCalled();
  });

  it("does not keep a batch or half a joint", async () => {
    const begun = vi.fn();
    const flow = new TriggerFlow<void, void, Types>();
    flow.when("Loop").batch().to(begun);
    flow.when({ all: ["Loop", "Go"] }).to(begun);
    flow.to(async (data) => {
      await data.emit("Loop", 1);
      await settled();
      data.stopStream();
    });
    await flow.start();
    expect(begun).not.toHaveBeenCalled();
  });
});

describe("an error in a step", () => {
  it.each(["throws", "rejects"])(
    "that %s is thrown after what was put before, and everything else ends",
    async (how) => {
      const [counter, reasons] = [new Counter(), [] as unknown[]];
      const error = new Error("no");
      const flow = new TriggerFlow<void, void, Types>();
      flow.to(endless(counter, reasons));
      flow.to(async (data) => {
        await settled();
        void data.putIntoStream("one");
        void data.putIntoStream("two");
        await data.emit("Go", null);
      });
      flow.when("Go").to(() => {
        if (how === "throws") throw error;
        return Promise.reject(error);
      });
      const stream = flow.getRuntimeStream();
      const got = await read(stream);
      expect(got.items).toEqual(["one", "two"]);
      expect(got.error).toBe(error);
      expect(counter).toMatchObject({ begun: 1, running: 0 });
      expect(reasons).toMatchObject([{ name: "AbortError" }]);
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      await expect(stream.result()).rejects.toBe(error);
    },
  );

  it("is the first; what aborted steps throw is dropped", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(async ({ signal }) => {
      await untilAborted(signal).catch(() => {});
      throw new Error("second");
    });
    flow.to(async () => {
      await settled();
      throw new Error("first");
    });
    await expect(flow.start()).rejects.toThrow("first");
  });

  it("may be nothing at all", async () => {
    const flow = new TriggerFlow();
    flow.to(() => Promise.reject(undefined));
    await expect(flow.start()).rejects.toBeUndefined();
  });

  it("after stopStream still counts", async () => {
    const flow = new TriggerFlow();
    flow.to((data) => {
      data.stopStream();
      throw new Error("late");
    });
    await expect(flow.start()).rejects.toThrow("late");
  });
});

describe("from outside", () => {
  it("a timeout aborts everything and throws a TimeoutError, also in a loop that never rests", async () => {
    const flow = new TriggerFlow<void, void, Types>();
    flow.to((data) => data.emit("Loop", 0));
    flow.when("Loop").to((data) => data.emit("Loop", data.value + 1));
    await expect(flow.start(undefined, { timeout: 20 })).rejects.toMatchObject({ name: "TimeoutError" });
    const putting = new TriggerFlow<void, void, Types>();
    putting.to(async (data) => {
      for (;;) await data.putIntoStream("x");
    });
    await expect(putting.start(undefined, { timeout: 20 })).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("a timeout takes its milliseconds, and none is left behind", async () => {
    vi.useFakeTimers();
    try {
      const reasons: unknown[] = [];
      const flow = new TriggerFlow<string, void, Types>();
      flow.match().case("wait", ({ signal }) => untilAborted(signal).catch((reason: unknown) => reasons.push(reason)));
      const ended = expect(flow.start("wait", { timeout: 60_000 })).rejects.toMatchObject({ name: "TimeoutError" });
      await vi.advanceTimersByTimeAsync(59_999);
      expect(reasons).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      await ended;
      expect(reasons).toMatchObject([{ name: "TimeoutError" }]);
      await flow.start("pass", { timeout: 60_000 });
      await flow.start("pass", { timeout: null });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("a signal aborts everything with its reason, and no listener is left behind", async () => {
    const counter = new Counter();
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(endless(counter));
    const [abort, reason] = [new AbortController(), new Error("enough")];
    const [added, removed] = [
      vi.spyOn(abort.signal, "addEventListener"),
      vi.spyOn(abort.signal, "removeEventListener"),
    ];
    const stream = flow.getRuntimeStream(undefined, { signal: abort.signal });
    const next = stream.next();
    await settled();
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
    expect(counter).toMatchObject({ begun: 1, running: 0 });
    expect(removed.mock.calls).toEqual(added.mock.calls.map(([type, listener]) => [type, listener]));
    await expect(flow.start(undefined, { signal: abort.signal })).rejects.toBe(reason);
    expect(counter.begun).toBe(1);
    expect(added).toHaveBeenCalledTimes(1);
  });

  it("a reader that leaves the loop aborts everything and waits for it", async () => {
    const counter = new Counter();
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(endless(counter));
    flow.to((data) =>
      counter.during(async () => {
        for (;;) await data.putIntoStream("x");
      }),
    );
    const stream = flow.getRuntimeStream();
    for await (const _ of stream) if (counter.begun === 2) break;
    expect(counter.running).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(await stream.return()).toEqual({ done: true, value: undefined });
    await expect(stream.result()).rejects.toMatchObject({ name: "AbortError" });
  });

  it("leaving answers readers that still wait, and before the start nothing ever begins", async () => {
    const counter = new Counter();
    const flow = new TriggerFlow<void, void, Types>();
    flow.to(endless(counter));
    const stream = flow.getRuntimeStream();
    const waiting = [stream.next(), stream.next()];
    await settled();
    await stream.return();
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    const unread = flow.getRuntimeStream();
    await unread.return();
    expect(await unread.next()).toEqual({ done: true, value: undefined });
    expect(counter).toMatchObject({ begun: 1, running: 0 });
  });

  it("odd timeouts and limits are refused", async () => {
    const flow = new TriggerFlow();
    for (const timeout of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      expect(() => flow.getRuntimeStream(undefined, { timeout })).toThrow(RangeError);
    }
    for (const limits of [{ steps: 0 }, { pending: 1.5 }, { stream: Number.NaN }]) {
      await expect(flow.start(undefined, { limits })).rejects.toBeInstanceOf(RangeError);
    }
  });
});

it("what an aborted step calls rejects with the reason; what nobody waits for harms nobody", async () => {
  const rejections: unknown[] = [];
  const flow = new TriggerFlow<void, void, Types>();
  flow.to(async (data) => {
    await untilAborted(data.signal).catch(() => {});
    void data.putIntoStream("x");
    void data.emit("Go", null);
    void data.interact({ content: "?" });
    data.stopStream();
    for (const call of [data.putIntoStream("x"), data.emit("Go", null), data.interact({ content: "?" })]) {
      await call.catch((reason: unknown) => rejections.push(reason));
    }
  });
  const abort = new AbortController();
  const ended = flow.start(undefined, { signal: abort.signal });
  await settled();
  abort.abort("why");
  await expect(ended).rejects.toBe("why");
  expect(rejections).toEqual(["why", "why", "why"]);
});
