import type { Event } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { DisconnectedError } from "./errors.ts";
import { BUFFERED_EVENTS } from "./run-reader.ts";
import { event, Rig, settled, text } from "./testing/rig.ts";
import type { StreamOptions } from "./types.ts";

const ID = "11111111-1111-4111-8111-111111111111";
const user = (seq: number, message_id = ID): Event => event(seq, { type: "user_message", message_id, content: "hi" });
const start = (seq: number, message_ids = [ID], run_id = "r1"): Event =>
  event(seq, { type: "session_start", run_id, message_ids });
const done = (seq: number, run_id = "r1"): Event => event(seq, { type: "done", run_id, content: "" });
const cancelled = (seq: number): Event => event(seq, { type: "cancelled", run_id: "r1", content: "" });

/** A stream whose consumer takes everything at once, and what came of it. */
function consume(rig: Rig, options: StreamOptions = {}): { got: Event[]; end: Promise<string> } {
  const got: Event[] = [];
  const read = async (): Promise<string> => {
    for await (const event of rig.client.stream("hi", { message_id: ID, ...options })) got.push(event);
    return "ended";
  };
  return { got, end: read().catch((error: Error) => `${error.name}: ${error.message}`) };
}

/** Until the stream watches session `s`, with its message at `seq`. */
async function watching(rig: Rig, seq = 1): Promise<void> {
  if (rig.state() !== "online") rig.online();
  rig.ack("send", { session_id: "s", message_id: ID, seq });
  await settled();
  rig.subscribed({ head: seq });
}

async function frames(rig: Rig, ...events: Event[]): Promise<void> {
  for (const event of events) rig.socket.frame(event);
  await settled();
}

const seqs = (events: readonly Event[]): number[] => events.map((event) => event.seq);

describe("stream", () => {
  it("connects, sends, and yields the message and its run to the end, and nothing of other runs", async () => {
    const rig = new Rig();
    const { got, end } = consume(rig, { model: "m", max_steps: 3 });
    await watching(rig, 7);
    expect(rig.sockets[0]?.last("send")).toMatchObject({ message_id: ID, options: { model: "m", max_steps: 3 } });
    expect(rig.socket.last("subscribe")).toMatchObject({ session_id: "s", after: 6 });
    const other = text(8, 8, 0, "x", "r0");
    await frames(rig, user(7), other, user(9, "other"), done(10, "r0"), start(11), text(12, 12, 0, "a"));
    await frames(rig, event(13, { type: "session_updated" }), done(14), event(15, { run_id: "r1" }));
    expect(seqs(got)).toEqual([7, 11, 12, 14]);
    expect(await end).toBe("ended");
    expect(rig.socket.of("unsubscribe")).toHaveLength(1);
  });

  it("does nothing until it is read", () => {
    const rig = new Rig();
    rig.client.stream("hi");
    expect([rig.sockets.length, rig.client.outbox.get()]).toEqual([0, []]);
  });

  it("follows a steering message into the run whose step takes it", async () => {
    const rig = new Rig();
    const { got, end } = consume(rig, { session_id: "s", mode: "steer" });
    await watching(rig, 5);
    await frames(rig, user(5), text(6, 6, 0, "a", "r0"));
    await frames(rig, event(7, { type: "step", run_id: "r0", message_ids: [ID] }), done(8, "r0"));
    expect(seqs(got)).toEqual([5, 7, 8]);
    expect(await end).toBe("ended");
  });

  it("survives losses before the ack and in the middle of a text: no text comes twice", async () => {
    const rig = new Rig();
    const { got, end } = consume(rig);
    rig.online();
    rig.socket.die();
    await watching(rig);
    await frames(rig, user(1), start(2), text(3, 4, 0, "ab"));
    rig.socket.die();
    rig.online();
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 4, epoch: "e1" });
    rig.subscribed();
    await frames(rig, text(3, 6, 0, "abcd"), text(7, 7, 4, "e"), done(8));
    expect(await end).toBe("ended");
    const deltas = got.filter((event) => event.type === "text_delta");
    expect(deltas.map((event) => event.content).join("")).toBe("abcde");
    expect(deltas[1]).toEqual(text(5, 6, 2, "cd"));
  });

  it("is not thrown off by events that lie about their fields", async () => {
    const rig = new Rig();
    const { got, end } = consume(rig);
    await watching(rig);
    await frames(rig, user(1), event(2, { type: "step", message_ids: 7 }), start(3), text(4, 5, 0, "ab"));
    await frames(rig, { ...text(4, 6, 0, ""), content: 7 } as never, { ...text(6, 7, 0, "x"), offset: "0" } as never);
    await frames(rig, done(8));
    expect([seqs(got), await end]).toEqual([[1, 3, 5, 6, 7, 8], "ended"]);
  });

  it("throws where the message is refused, the session gone, the history replaced, the client closed", async () => {
    const ending = async (act: (rig: Rig) => void, started = true): Promise<string> => {
      const rig = new Rig();
      const { end } = consume(rig);
      if (started) await watching(rig);
      else rig.online();
      act(rig);
      return end;
    };
    expect(await ending((rig) => rig.reject("send", "unknown_model"), false)).toMatch(/^RejectedError/);
    expect(await ending((rig) => rig.client.close(), false)).toMatch(/^DisconnectedError/);
    expect(await ending((rig) => rig.socket.die(4101))).toMatch(/^DisconnectedError/);
    const deleted = { type: "session_changed", session_id: "s", status: "deleted" };
    expect(await ending((rig) => rig.socket.frame(deleted))).toMatch(/^RejectedError/);
    const replaced = await ending((rig) => {
      rig.socket.die();
      rig.online();
      rig.subscribed({ after: 0, reset: true, epoch: "e2" });
    });
    expect(replaced).toMatch(/^DisconnectedError/);
  });

  it("yields what it has before it throws", async () => {
    const rig = new Rig();
    const iterator = rig.client.stream("hi", { message_id: ID })[Symbol.asyncIterator]();
    const first = iterator.next();
    await watching(rig);
    rig.socket.frame(user(1));
    rig.socket.frame(start(2));
    rig.client.close();
    expect([(await first).value.seq, (await iterator.next()).value.seq]).toEqual([1, 2]);
    await expect(iterator.next()).rejects.toBeInstanceOf(DisconnectedError);
  });

  it("leaving the loop stops reading, not the run", async () => {
    const rig = new Rig();
    const read = (async () => {
      for await (const _ of rig.client.stream("hi", { message_id: ID })) break;
    })();
    await watching(rig);
    await frames(rig, user(1), start(2));
    await read;
    expect(rig.socket.sent.map((command) => command.type)).toEqual(["send", "subscribe", "unsubscribe"]);
  });
});

describe("stream with a signal", () => {
  function aborting(): { rig: Rig; abort: () => void; got: Event[]; end: Promise<string> } {
    const rig = new Rig();
    const controller = new AbortController();
    return { rig, abort: () => controller.abort(), ...consume(rig, { signal: controller.signal }) };
  }

  it("stops the run and yields until `cancelled`", async () => {
    const { rig, abort, got, end } = aborting();
    await watching(rig);
    await frames(rig, user(1), start(2));
    abort();
    expect(rig.socket.last("stop")).toMatchObject({ session_id: "s", run_id: "r1" });
    rig.ack("stop", { outcome: "stopping" });
    await frames(rig, event(3, { type: "stop_requested", run_id: "r1" }), cancelled(4));
    expect([seqs(got), await end]).toEqual([[1, 2, 3, 4], "ended"]);
  });

  it("asks again after a loss until it is acknowledged, then no more", async () => {
    const { rig, abort, end } = aborting();
    await watching(rig);
    await frames(rig, user(1), start(2));
    rig.socket.die();
    abort();
    rig.online();
    expect(rig.socket.of("stop")).toHaveLength(1);
    rig.socket.die();
    rig.online();
    expect(rig.socket.of("stop")).toHaveLength(1);
    rig.ack("stop", { outcome: "stopping" });
    rig.socket.die();
    rig.online();
    expect(rig.socket.of("stop")).toEqual([]);
    rig.subscribed();
    await frames(rig, cancelled(3));
    expect(await end).toBe("ended");
  });

  it("asks again when it was too fast", async () => {
    const { rig, abort } = aborting();
    await watching(rig);
    await frames(rig, user(1), start(2));
    abort();
    rig.reject("stop", "rate_limited", { retry_after_ms: 300 });
    rig.clock.advance(300);
    expect(rig.socket.of("stop")).toHaveLength(2);
  });

  it("takes a queued message back", async () => {
    const { rig, abort, got, end } = aborting();
    await watching(rig);
    await frames(rig, user(1));
    abort();
    expect(rig.socket.last("unsend")).toMatchObject({ session_id: "s", message_id: ID });
    rig.ack("unsend");
    await frames(rig, event(2, { type: "message_withdrawn", message_id: ID }));
    expect([seqs(got), await end]).toEqual([[1, 2], "ended"]);
    expect(rig.socket.of("stop")).toEqual([]);
  });

  it("stops the run that took the message before it could be taken back", async () => {
    const { rig, abort } = aborting();
    await watching(rig);
    await frames(rig, user(1));
    abort();
    await frames(rig, start(2));
    expect(rig.socket.of("stop")).toEqual([]);
    rig.reject("unsend", "not_found");
    expect(rig.socket.of("stop")).toHaveLength(1);
  });

  it("does not send a message that nobody has yet", async () => {
    const { rig, abort, got, end } = aborting();
    abort();
    expect([await end, got, rig.client.outbox.get()]).toEqual(["ended", [], []]);
    rig.online();
    expect(rig.socket.sent).toEqual([]);
  });

  it("waits for the ack of a message that was on its way: it may have arrived", async () => {
    const { rig, abort } = aborting();
    rig.online();
    rig.socket.die();
    abort();
    await watching(rig);
    expect(rig.socket.last("unsend")).toMatchObject({ message_id: ID });
  });

  it("sends nothing at all where the signal was aborted before", async () => {
    const rig = new Rig();
    const { end } = consume(rig, { signal: AbortSignal.abort() });
    expect([await end, rig.sockets.length]).toEqual(["ended", 0]);
  });
});

describe("a slow consumer", () => {
  it("makes the stream let go of the session, and read on from the cursor when all is taken", async () => {
    const rig = new Rig();
    const iterator = rig.client.stream("hi", { message_id: ID })[Symbol.asyncIterator]();
    const first = iterator.next();
    await watching(rig);
    rig.socket.frame(user(1));
    rig.socket.frame(start(2));
    await first;
    let pushed = 2;
    while (rig.socket.of("unsubscribe").length === 0 && pushed < 5_000)
      rig.socket.frame(text(++pushed, pushed, pushed - 3, "x"));
    expect(pushed).toBe(BUFFERED_EVENTS + 1);
    for (let late = 1; late < 50; late++) rig.socket.frame(text(pushed + late, pushed + late, 0, "late"));
    const got: number[] = [];
    while (got.length < BUFFERED_EVENTS) got.push((await iterator.next()).value.seq);
    expect(rig.socket.of("subscribe")).toHaveLength(1);
    const next = iterator.next();
    await settled();
    expect(rig.socket.last("subscribe")).toMatchObject({ after: pushed, epoch: "e1" });
    rig.subscribed({ head: pushed + 50 });
    rig.socket.frame(text(3, pushed + 50, 0, "x".repeat(pushed + 48)));
    rig.socket.frame(done(pushed + 51));
    const merged = (await next).value;
    expect([merged.from, merged.seq, merged.content.length]).toEqual([pushed + 1, pushed + 50, 50]);
    expect((await iterator.next()).value.type).toBe("done");
    expect((await iterator.next()).done).toBe(true);
    expect(got).toEqual(Array.from({ length: BUFFERED_EVENTS }, (_, index) => index + 2));
  });
});
