import type { Watch, WatchFrom, WatchHandlers } from "@millrace/client";
import { type Ack, type Event, emptyView, fold } from "@millrace/protocol";
import { describe, expect, it, vi } from "vitest";
import { createSessionStore, type Older, type OlderRange } from "./session-store.ts";
import { type Body, delta, done, log, sessionStart, step } from "./testing-events.ts";

function setup() {
  let handlers: WatchHandlers | null = null;
  let frame: (() => void) | null = null;
  const closed = vi.fn();
  const stop = vi.fn((): Promise<Ack> => Promise.reject(new Error("offline")));
  const store = createSessionStore(
    {
      stop,
      watch: (session_id, given): Watch => {
        handlers = given;
        return { session_id, cursor: 0, epoch: null, close: closed };
      },
    },
    (callback) => {
      frame = callback;
      return () => {
        frame = null;
      };
    },
    { now: () => 1_700_000_005_000 },
  );
  const updates = vi.fn();
  store.subscribe(updates);
  return { store, stop, closed, updates, watched: () => handlers!, run: () => frame?.() };
}

describe("createSessionStore", () => {
  it("makes one update per frame, however many batches came", () => {
    const { store, watched, updates, run } = setup();
    store.open("session");
    updates.mockClear();
    for (const event of log([sessionStart(), step(1), delta(0, "a"), delta(1, "b")])) watched().onEvents([event]);
    expect(updates).not.toHaveBeenCalled();
    run();
    expect(updates).toHaveBeenCalledTimes(1);
    expect(store.getState().view.seq).toBe(4);
  });

  it("shows the whole history as soon as it is live", () => {
    const { store, watched } = setup();
    store.open("session");
    watched().onEvents(log([sessionStart(), step(1)]));
    watched().onLive(2);
    expect(store.getState().view.seq).toBe(2);
  });

  it("folds what was there before at its own pace until all of it is there, then once per frame", () => {
    const asked: string[] = [];
    let handlers: WatchHandlers | null = null;
    const schedule = (name: string) => () => {
      asked.push(name);
      return () => undefined;
    };
    const store = createSessionStore(
      {
        stop: () => Promise.reject(new Error("offline")),
        watch: (session_id, given): Watch => {
          handlers = given;
          return { session_id, cursor: 0, epoch: null, close: () => undefined };
        },
      },
      schedule("frame"),
      { now: () => 0, history: schedule("history") },
    );
    store.open("session");
    const events = log([sessionStart(), step(1), delta(0, "a")]);
    handlers!.onEvents(events.slice(0, 2));
    handlers!.onLive(2);
    handlers!.onState?.("live");
    expect(store.getState().view.seq).toBe(2);
    handlers!.onEvents(events.slice(2));
    expect(asked).toEqual(["history", "frame"]);
  });

  it("measures the clock's skew from live events only", () => {
    const { store, watched, run } = setup();
    store.open("session");
    const events = log([sessionStart(), step(1), delta(0, "a")]);
    watched().onEvents(events.slice(0, 1));
    run();
    expect(store.getState().skew).toBe(0);
    watched().onEvents(events.slice(1, 2));
    watched().onState?.("live");
    expect(store.getState().skew).toBe(0);
    watched().onEvents(events.slice(2));
    run();
    expect(store.getState().skew).toBe(3_000);
  });

  it("closes the watch of the session it leaves and forgets its view", () => {
    const { store, watched, closed, run } = setup();
    store.open("session");
    watched().onEvents(log([sessionStart()]));
    run();
    store.open(null);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(store.getState()).toMatchObject({ session_id: null, view: { seq: 0, turns: [] } });
  });

  it("takes back what waits before it sends a stop, once", () => {
    const order: string[] = [];
    let handlers: WatchHandlers | null = null;
    const store = createSessionStore(
      {
        stop: () => {
          order.push("stop");
          return new Promise(() => undefined);
        },
        watch: (session_id, given): Watch => {
          handlers = given;
          return { session_id, cursor: 0, epoch: null, close: () => undefined };
        },
      },
      () => () => undefined,
      { takeBack: (_, queue) => order.push(...queue.map(({ content }) => content)) },
    );
    store.open("session");
    handlers!.onEvents(
      log([
        sessionStart(),
        step(1),
        { type: "user_message", message_id: "m", content: "queued", mode: "queue" } as Body,
      ]),
    );
    handlers!.onLive(3);
    store.stop();
    store.stop();
    expect(order).toEqual(["queued", "stop"]);
  });

  it("sends one stop per run and takes the press back where it could not be sent", async () => {
    const { store, watched, stop, run } = setup();
    store.open("session");
    store.stop();
    expect(stop).not.toHaveBeenCalled();
    watched().onEvents(log([sessionStart()]));
    run();
    store.stop();
    store.stop();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(stop).toHaveBeenCalledWith("session", "run");
    await vi.waitFor(() => expect(store.getState().stop_pressed).toBeNull());
  });
});

describe("a long session", () => {
  const one = log([sessionStart(["a"]), step(1), delta(0, "one"), done()], "one");
  const two = log([sessionStart(["b"]), step(1), delta(0, "two"), delta(3, "!")], "two");
  const events = [...one, ...two].map((event, index): Event => ({ ...event, seq: index + 1 }));
  const whole = fold(emptyView(), events);

  function longSession() {
    const watched: { from: WatchFrom; handlers: WatchHandlers; closed: boolean }[] = [];
    const asked: (OlderRange & PromiseWithResolvers<Older>)[] = [];
    let frame = (): void => undefined;
    const signedOut = vi.fn();
    const store = createSessionStore(
      {
        stop: () => Promise.reject(new Error("offline")),
        watch: (session_id, handlers, from = {}): Watch => {
          const held = { from, handlers, closed: false };
          watched.push(held);
          return { session_id, cursor: 0, epoch: "now", close: () => (held.closed = true) };
        },
      },
      (callback) => {
        frame = callback;
        return () => undefined;
      },
      {
        signedOut,
        readOlder: (range) => {
          const answer = { ...range, ...Promise.withResolvers<Older>() };
          asked.push(answer);
          return answer.promise;
        },
      },
    );
    const older = (epoch: string): Older => ({
      epoch,
      join: (since) => fold(fold(emptyView(), events.slice(0, 4)), since),
    });
    store.open("session");
    watched[0]!.handlers.onReset(4);
    watched[0]!.handlers.onEvents(events.slice(4, 6));
    watched[0]!.handlers.onState?.("live");
    return { store, watched, asked, older, signedOut, run: () => frame() };
  }

  it("shows its end while what came before is read, and all of it with what came meanwhile", async () => {
    const { store, watched, asked, older, run } = longSession();
    expect(watched[0]!.from.tail).toBeGreaterThan(16);
    expect(store.getState()).toMatchObject({ partial: true, link: "live" });
    expect(store.getState().view.turns.map(({ run_id }) => run_id)).toEqual(["two"]);
    expect(asked).toMatchObject([{ session_id: "session", to: 4 }]);
    watched[0]!.handlers.onEvents(events.slice(6, 7));
    asked[0]!.resolve(older("now"));
    await vi.waitFor(() => expect(store.getState().partial).toBe(false));
    watched[0]!.handlers.onEvents(events.slice(7));
    run();
    expect(store.getState().view).toEqual(whole);
  });

  it.each(["of another history", "refused"])("is read from its beginning where what came before is %s", async (how) => {
    const { store, watched, asked, older, run } = longSession();
    if (how === "refused") asked[0]!.reject(new Error("HTTP 400", { cause: { status: 400 } }));
    else asked[0]!.resolve(older("before"));
    await vi.waitFor(() => expect(watched).toHaveLength(2));
    expect(watched[0]!.closed).toBe(true);
    expect(watched[1]!.from).toEqual({});
    expect(store.getState().link).toBe("subscribing");
    watched[1]!.handlers.onEvents(events);
    run();
    expect(store.getState()).toMatchObject({ partial: false, view: whole });
  });

  it.each([404, 410])("is gone where what came before is answered with %i, and what is shown stays", async (status) => {
    const { store, watched, asked, signedOut } = longSession();
    asked[0]!.reject(new Error("gone", { cause: { status } }));
    await vi.waitFor(() => expect(store.getState().link).toBe("gone"));
    expect(watched.map(({ closed }) => closed)).toEqual([true]);
    expect(store.getState().partial).toBe(false);
    expect(store.getState().view.turns.map(({ run_id }) => run_id)).toEqual(["two"]);
    expect(signedOut).not.toHaveBeenCalled();
  });

  it("asks to sign in where the gateway does not know the reader any more, and takes nothing for deleted", async () => {
    const { store, watched, asked, signedOut } = longSession();
    asked[0]!.reject(new Error("who?", { cause: { status: 401 } }));
    await vi.waitFor(() => expect(signedOut).toHaveBeenCalledTimes(1));
    expect(store.getState()).toMatchObject({ link: "live", partial: true });
    expect(watched).toHaveLength(1);
  });

  it("tells that what came before is late, in the session on the screen only", async () => {
    const { store, watched, asked } = longSession();
    const ask = () => undefined;
    asked[0]!.late(ask);
    expect(store.getState().askOlder).toBe(ask);
    watched[0]!.handlers.onReset(2);
    expect(store.getState().askOlder).toBeNull();
    asked[1]!.late(ask);
    store.open("other");
    expect(store.getState().askOlder).toBeNull();
    asked[1]!.late(ask);
    expect(store.getState().askOlder).toBeNull();
  });

  it("reads no more of what came before once it is deleted, and keeps what is shown", async () => {
    const { store, watched, asked, older } = longSession();
    watched[0]!.handlers.onState?.("gone");
    expect(asked[0]!.signal.aborted).toBe(true);
    expect(store.getState()).toMatchObject({ link: "gone", partial: false });
    asked[0]!.resolve(older("now"));
    await Promise.resolve();
    expect(watched).toHaveLength(1);
    expect(store.getState().view.turns.map(({ run_id }) => run_id)).toEqual(["two"]);
  });

  it("lets go of what came before when it is left, or its history is replaced meanwhile", async () => {
    const { store, watched, asked, older, run } = longSession();
    watched[0]!.handlers.onReset(0);
    expect(asked[0]!.signal.aborted).toBe(true);
    watched[0]!.handlers.onEvents(events.slice(0, 4));
    run();
    asked[0]!.resolve(older("now"));
    await Promise.resolve();
    expect(store.getState().view.turns.map(({ run_id }) => run_id)).toEqual(["one"]);
    watched[0]!.handlers.onReset(4);
    store.open(null);
    expect(asked[1]!.signal.aborted).toBe(true);
    asked[1]!.reject(new Error("aborted"));
    await Promise.resolve();
    expect(watched).toHaveLength(1);
  });
});
