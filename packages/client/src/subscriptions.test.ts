import { describe, expect, it } from "vitest";
import { event, Rig, recorded, text } from "./testing/rig.ts";

const live = (seq: number): object => ({ type: "live", session_id: "s", seq });

describe("a watch", () => {
  it("subscribes when there is a connection and hands events on in order", () => {
    const rig = new Rig();
    const { watch, told } = recorded(rig);
    rig.online();
    expect(rig.socket.last("subscribe")).toMatchObject({ session_id: "s", after: 0 });
    rig.subscribed({ head: 2 });
    for (const frame of [event(1), event(2), live(2), event(3)]) rig.socket.frame(frame);
    expect(told).toEqual(["catching_up", 1, 2, "live", "live 2", 3]);
    expect([watch.cursor, watch.epoch]).toEqual([3, "e1"]);
  });

  it("goes on after a loss with the cursor and the epoch it had", () => {
    const rig = new Rig();
    const { told } = recorded(rig);
    rig.online();
    rig.subscribed({ epoch: "e7" });
    rig.socket.frame(event(1));
    rig.socket.die();
    expect(told.at(-1)).toBe("subscribing");
    rig.online();
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 1, epoch: "e7" });
    rig.subscribed({ epoch: "e7" });
    rig.socket.frame(event(2));
    expect(told).toEqual(["catching_up", 1, "subscribing", "catching_up", 2]);
  });

  it("F13: starts from a cursor that was kept", () => {
    const rig = new Rig();
    const { told } = recorded(rig, "s", { after: 5, epoch: "e1" });
    rig.online();
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 5, epoch: "e1" });
    rig.subscribed();
    rig.socket.frame(text(4, 7, 0, "abcd"));
    expect(told).toEqual(["catching_up", 7]);
  });

  it("ignores what it has, passes an overlapping merged delta on whole, and moves the cursor to its end", () => {
    const rig = new Rig();
    const frames: unknown[] = [];
    const watch = rig.client.watch("s", { onEvents: (e) => frames.push(...e), onReset() {}, onLive() {} });
    rig.online();
    rig.subscribed();
    const merged = text(1, 4, 0, "abcd");
    for (const frame of [text(1, 2, 0, "ab"), text(1, 1, 0, "a"), merged, text(2, 3, 1, "bc")]) rig.socket.frame(frame);
    expect(frames).toEqual([text(1, 2, 0, "ab"), merged]);
    expect(watch.cursor).toBe(4);
  });

  it("says where it is when a tail was asked for, and never asks for the tail again", () => {
    const rig = new Rig();
    const { told, watch } = recorded(rig, "s", { tail: 3 });
    rig.online();
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 0, tail: 3 });
    rig.subscribed({ after: 40, head: 41 });
    expect(watch.cursor).toBe(40);
    rig.socket.frame(event(41));
    rig.socket.die();
    rig.online();
    expect(rig.socket.last("subscribe")).not.toHaveProperty("tail");
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 41 });
    expect(told).toEqual(["reset 40", "catching_up", 41, "subscribing"]);
  });

  it("is reset where the server's history is another one", () => {
    const rig = new Rig();
    const { told, watch } = recorded(rig, "s", { after: 9, epoch: "old" });
    rig.online();
    rig.subscribed({ after: 0, head: 2, epoch: "new", reset: true });
    rig.socket.frame(event(1));
    expect(told).toEqual(["reset 0", "catching_up", 1]);
    expect([watch.cursor, watch.epoch]).toEqual([1, "new"]);
  });

  it("starts over where its cursor is refused", () => {
    const rig = new Rig();
    const { told } = recorded(rig, "s", { after: 9 });
    rig.online();
    rig.reject("subscribe", "bad_cursor");
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 0 });
    expect(told).toEqual(["reset 0"]);
  });

  it.each(["not_found", "forbidden", "bad_request"])("is gone after %s, and is not asked for again", (code) => {
    const rig = new Rig();
    const { told, watch } = recorded(rig);
    rig.online();
    rig.reject("subscribe", code);
    rig.socket.die();
    rig.online();
    expect(told).toEqual(["gone"]);
    watch.close();
    expect(rig.socket.sent).toEqual([]);
  });

  it("is gone when the session is deleted", () => {
    const rig = new Rig();
    const { told } = recorded(rig);
    const changes: string[] = [];
    rig.client.onSessionChanged((change) => changes.push(change.status));
    rig.online();
    rig.subscribed();
    rig.socket.frame({ type: "session_changed", session_id: "s", status: "deleted" });
    rig.socket.frame(event(1));
    expect([told, changes]).toEqual([["catching_up", "gone"], ["deleted"]]);
  });

  it("waits as long as the server says when it was too fast", () => {
    const rig = new Rig();
    recorded(rig);
    rig.online();
    rig.reject("subscribe", "rate_limited", { retry_after_ms: 700 });
    rig.clock.advance(699);
    expect(rig.socket.of("subscribe")).toHaveLength(1);
    rig.clock.advance(1);
    expect(rig.socket.of("subscribe")).toHaveLength(2);
  });

  it("does not ask twice where the connection was lost during that wait", () => {
    const rig = new Rig();
    recorded(rig);
    rig.online();
    rig.reject("subscribe", "rate_limited", { retry_after_ms: 700 });
    rig.socket.die();
    rig.online();
    rig.subscribed();
    rig.clock.advance(1_000);
    expect(rig.socket.of("subscribe")).toHaveLength(1);
  });

  it("waits for a free place where there are too many subscriptions", () => {
    const rig = new Rig();
    const first = recorded(rig, "a");
    rig.online();
    rig.subscribed();
    recorded(rig, "b");
    rig.reject("subscribe", "subscription_limit");
    rig.clock.advance(20_000);
    expect(rig.socket.of("subscribe")).toHaveLength(2);
    first.watch.close();
    expect(rig.socket.sent.slice(-2)).toMatchObject([
      { type: "unsubscribe", session_id: "a" },
      { type: "subscribe", session_id: "b" },
    ]);
  });

  it("does not count an event as read that its handler threw on", () => {
    const rig = new Rig();
    const onEvents = (): void => {
      throw new Error("handler");
    };
    const watch = rig.client.watch("s", { onEvents, onReset() {}, onLive() {} });
    rig.online();
    rig.subscribed();
    expect(() => rig.socket.frame(event(1))).toThrow("handler");
    expect(watch.cursor).toBe(0);
  });
});

describe("losses", () => {
  it("F9: cut between `subscribed` and the first event", () => {
    const rig = new Rig();
    const { told } = recorded(rig);
    rig.online();
    rig.subscribed({ head: 2 });
    rig.socket.die();
    rig.online();
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 0, epoch: "e1" });
    rig.subscribed({ head: 2 });
    for (const frame of [event(1), event(2), live(2)]) rig.socket.frame(frame);
    expect(told.filter((entry) => typeof entry === "number")).toEqual([1, 2]);
  });

  it("F9: cut between the last event and `live`", () => {
    const rig = new Rig();
    const { told } = recorded(rig);
    rig.online();
    rig.subscribed({ head: 1 });
    rig.socket.frame(event(1));
    rig.socket.die();
    rig.online();
    rig.subscribed();
    rig.socket.frame(live(1));
    expect(told).toEqual(["catching_up", 1, "subscribing", "catching_up", "live", "live 1"]);
  });

  it("a hole: subscribes again after the cursor and ignores what comes before the answer", () => {
    const rig = new Rig();
    const { told } = recorded(rig);
    rig.online();
    rig.subscribed();
    for (const frame of [event(1), event(3), event(4), live(4)]) rig.socket.frame(frame);
    expect(rig.socket.of("subscribe")).toHaveLength(2);
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 1, epoch: "e1" });
    rig.subscribed({ head: 4 });
    for (const seq of [2, 3, 4]) rig.socket.frame(event(seq));
    expect(told.filter((entry) => typeof entry === "number")).toEqual([1, 2, 3, 4]);
  });

  it("a hole that stays is asked for ever more slowly", () => {
    const rig = new Rig();
    recorded(rig);
    rig.online();
    for (let second = 0; second < 60; second++) {
      for (let frame = 0; frame < 10; frame++) {
        if (rig.socket.of("subscribe").length > 0) rig.subscribed();
        rig.socket.frame(event(9));
      }
      rig.clock.advance(1_000);
    }
    const asked = rig.socket.of("subscribe").length;
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThan(16);
  });

  it("a hole is asked for at once again when the one before was filled", () => {
    const rig = new Rig();
    recorded(rig);
    rig.online();
    for (let cursor = 0; cursor < 20; cursor++) {
      rig.subscribed();
      rig.socket.frame(event(cursor + 1));
      rig.socket.frame(event(99));
    }
    expect(rig.socket.of("subscribe")).toHaveLength(21);
  });

  it("`live` above the cursor is a hole too", () => {
    const rig = new Rig();
    const { told } = recorded(rig);
    rig.online();
    rig.subscribed({ head: 2 });
    rig.socket.frame(event(1));
    rig.socket.frame(live(2));
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 1 });
    expect(told).not.toContain("live 2");
  });

  it("F16 HB-2: a head above the cursor for 2 s is asked for", () => {
    const rig = new Rig();
    recorded(rig);
    rig.online();
    rig.subscribed();
    rig.socket.frame(event(1));
    rig.socket.frame({ type: "heartbeat", heads: { s: 2 } });
    rig.clock.advance(1_999);
    expect(rig.socket.of("subscribe")).toHaveLength(1);
    rig.clock.advance(1);
    expect(rig.socket.of("subscribe")).toHaveLength(2);
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 1 });
  });

  it("F16: nothing is asked for where the head is reached in time, or the cursor still moves", () => {
    const rig = new Rig();
    recorded(rig);
    rig.online();
    rig.subscribed();
    rig.socket.frame({ type: "heartbeat", heads: { s: 4, other: 7 } });
    for (const seq of [1, 2, 3, 4]) {
      rig.clock.advance(1_500);
      rig.socket.frame(event(seq));
    }
    rig.clock.advance(5_000);
    expect(rig.socket.of("subscribe")).toHaveLength(1);
    expect(rig.clock.pending).toBe(1);
  });

  it("F16: the check dies with its connection", () => {
    const rig = new Rig();
    recorded(rig);
    rig.online();
    rig.subscribed();
    rig.socket.frame({ type: "heartbeat", heads: { s: 2 } });
    rig.socket.die();
    rig.online();
    rig.subscribed({ head: 2 });
    rig.clock.advance(3_000);
    expect(rig.socket.of("subscribe")).toHaveLength(1);
  });
});

describe("several subscribes of one session", () => {
  it("F11: only the last one's answer counts; each event is told once", () => {
    const rig = new Rig();
    const first = recorded(rig);
    rig.online();
    const late = recorded(rig);
    const [one, two] = rig.socket.of("subscribe");
    const reply = { type: "subscribed", session_id: "s", epoch: "e1", head: 1, after: 0, reset: false };
    rig.socket.frame({ ...reply, id: one?.id });
    rig.socket.frame(event(1));
    expect(first.told).toEqual([]);
    rig.socket.frame({ ...reply, id: two?.id });
    rig.socket.frame(event(1));
    rig.socket.frame(event(1));
    expect(first.told).toEqual(["catching_up", 1]);
    expect(late.told).toEqual(["catching_up", 1]);
  });

  it("two watches share one subscription from the earlier cursor, and each is told what it lacks", () => {
    const rig = new Rig();
    const ahead = recorded(rig, "s", { after: 3, epoch: "e1" });
    const behind = recorded(rig, "s", { after: 1, epoch: "e1" });
    rig.online();
    expect(rig.socket.of("subscribe")).toHaveLength(1);
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 1 });
    rig.subscribed({ head: 4 });
    for (const seq of [2, 3, 4]) rig.socket.frame(event(seq));
    expect(ahead.told).toEqual(["catching_up", 4]);
    expect(behind.told).toEqual(["catching_up", 2, 3, 4]);
    behind.watch.close();
    rig.socket.frame(event(5));
    expect(ahead.told).toContain(5);
    expect(rig.socket.of("unsubscribe")).toEqual([]);
  });

  it("a tail beside a watch that is further behind leaves no hole", () => {
    const rig = new Rig();
    const behind = recorded(rig, "s", { after: 1, epoch: "e1" });
    const tail = recorded(rig, "s", { tail: 1 });
    rig.online();
    rig.subscribed({ after: 3, head: 4 });
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 1 });
    rig.subscribed({ head: 4 });
    for (const seq of [2, 3, 4]) rig.socket.frame(event(seq));
    expect(behind.told.filter((entry) => typeof entry === "number")).toEqual([2, 3, 4]);
    expect(tail.told.filter((entry) => typeof entry === "number")).toEqual([4]);
  });

  it("a watch of an older history starts over beside one of the present history", () => {
    const rig = new Rig();
    const present = recorded(rig, "s", { after: 2, epoch: "e2" });
    const older = recorded(rig, "s", { after: 3, epoch: "e1" });
    rig.online();
    rig.subscribed({ epoch: "e2", head: 3 });
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 0, epoch: "e2" });
    rig.subscribed({ epoch: "e2", head: 3 });
    for (const seq of [1, 2, 3]) rig.socket.frame(event(seq));
    expect(older.told).toEqual(["reset 0", "catching_up", 1, 2, 3]);
    expect(present.told.filter((entry) => typeof entry === "number")).toEqual([3]);
  });

  it("a watch that is ahead of the log starts over beside one that is not", () => {
    const rig = new Rig();
    recorded(rig, "s", { after: 2 });
    const ahead = recorded(rig, "s", { after: 9 });
    rig.online();
    rig.subscribed({ head: 3 });
    expect(ahead.told).toEqual(["reset 0"]);
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 0 });
  });

  it("F12: nothing is told after close, whatever is still on its way", () => {
    const rig = new Rig();
    const { watch, told } = recorded(rig);
    rig.online();
    rig.subscribed();
    watch.close();
    watch.close();
    rig.socket.frame(event(1));
    rig.socket.frame(live(1));
    rig.ack("unsubscribe");
    rig.socket.frame(event(2));
    expect(told).toEqual(["catching_up"]);
    expect(rig.socket.of("unsubscribe")).toHaveLength(1);
  });

  it("F12: a new watch after close does not take the old subscription's frames for its own", () => {
    const rig = new Rig();
    recorded(rig).watch.close();
    rig.online();
    const first = recorded(rig);
    rig.subscribed();
    rig.socket.frame(event(1));
    first.watch.close();
    const second = recorded(rig);
    rig.socket.frame(event(1));
    expect(second.told).toEqual([]);
    rig.subscribed({ head: 1 });
    rig.socket.frame(event(1));
    expect(second.told).toEqual(["catching_up", 1]);
  });

  it("F12: a watch that another one's handler closes is not told of that very frame", () => {
    const rig = new Rig();
    const onEvents = (): void => other.watch.close();
    rig.client.watch("s", { onEvents, onReset() {}, onLive() {} });
    const other = recorded(rig);
    rig.online();
    rig.subscribed();
    rig.socket.frame(event(1));
    expect(other.told).toEqual(["catching_up"]);
  });

  it("a handler that closes its watch is not called again", () => {
    const rig = new Rig();
    const seen: number[] = [];
    const watch = rig.client.watch("s", {
      onEvents: (events) => {
        seen.push(...events.map((e) => e.seq));
        watch.close();
      },
      onReset() {},
      onLive: (seq) => seen.push(seq),
    });
    rig.online();
    rig.subscribed();
    for (const frame of [event(1), event(2), live(2)]) rig.socket.frame(frame);
    expect(seen).toEqual([1]);
  });
});
