import type { Watch, WatchHandlers } from "@millrace/client";
import type { Ack } from "@millrace/protocol";
import { describe, expect, it, vi } from "vitest";
import { createSessionStore } from "./session-store.ts";
import { delta, log, sessionStart, step } from "./testing-events.ts";

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
    () => 1_700_000_005_000,
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
      () => 0,
      schedule("history"),
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
