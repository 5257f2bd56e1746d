import { describe, expect, it } from "vitest";
import type { StreamChunk } from "./chunk.ts";
import { DisconnectedError } from "./errors.ts";
import { BUFFERED_EVENTS, BUFFERED_TEXT } from "./run-reader.ts";
import { event, Rig, settled, text } from "./testing/rig.ts";
import { cancelled, consume, done, frames, ID, seqs, start, user, watching } from "./testing/streamed.ts";

describe("stream", () => {
  it("connects, sends, and yields the message and its run to the end, and nothing of other runs", async () => {
    const rig = new Rig();
    const { got, end } = consume(rig, { model: "m", maxSteps: 3 });
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
    const { got, end } = consume(rig, { sessionId: "s", mode: "steer" });
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

  it("EVENT-2: yields an event of an unknown type as `unknown`, whatever its fields are called", async () => {
    const rig = new Rig();
    const { got, end } = consume(rig);
    await watching(rig);
    await frames(rig, user(1), start(2), event(3, { type: "toString", run_id: "r1", content: 7 }));
    await frames(rig, event(4, { type: "unknown", run_id: "r1" }), done(5));
    expect([seqs(got), await end]).toEqual([[1, 2, 3, 4, 5], "ended"]);
    const newer = {
      v: 1,
      type: "toString",
      session_id: "s",
      seq: 3,
      ts: 0,
      name: "n",
      value: 3,
      run_id: "r1",
      content: 7,
    };
    expect(got[2]).toEqual({ type: "unknown", session_id: "s", run_id: "r1", seq: 3, event: newer });
    expect(got[3]).toMatchObject({ type: "unknown", event: { type: "unknown" } });
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
    const iterator = rig.client.stream("hi", { messageId: ID })[Symbol.asyncIterator]();
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
      for await (const _ of rig.client.stream("hi", { messageId: ID })) break;
    })();
    await watching(rig);
    await frames(rig, user(1), start(2));
    await read;
    expect(rig.socket.sent.map((command) => command.type)).toEqual(["send", "subscribe", "unsubscribe"]);
  });
});

describe("leaving a stream that stops its run", () => {
  /** Left after the message and the start of its run. */
  async function leaving(): Promise<{ rig: Rig; left: () => boolean }> {
    const rig = new Rig();
    let left = false;
    const read = async (): Promise<void> => {
      for await (const chunk of rig.client.runStream("hi", { messageId: ID, stopOnLeave: true })) {
        if (chunk.type === "session_start") break;
      }
      left = true;
    };
    void read();
    await watching(rig);
    await frames(rig, user(1), start(2));
    return { rig, left: () => left };
  }

  it("waits until the server has the stop, also over a loss", async () => {
    const { rig, left } = await leaving();
    expect(rig.socket.last("stop")).toMatchObject({ session_id: "s", run_id: "r1" });
    rig.socket.die();
    rig.online();
    await settled();
    expect([left(), rig.socket.of("stop").length]).toEqual([false, 1]);
    rig.ack("stop", { outcome: "stopping" });
    await settled();
    expect([left(), rig.socket.of("unsubscribe").length]).toEqual([true, 1]);
  });

  it("waits no longer than the run, or the client", async () => {
    const ended = await leaving();
    await frames(ended.rig, done(3));
    const closed = await leaving();
    closed.rig.client.close();
    await settled();
    expect([ended.left(), closed.left()]).toEqual([true, true]);
  });
});

describe("stream with a signal", () => {
  function aborting(): { rig: Rig; abort: () => void; got: StreamChunk[]; end: Promise<string> } {
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
    expect([seqs(got), await end]).toEqual([[1, 2, 2], "ended"]);
    expect(got[2]).toMatchObject({ type: "cancelled", session_id: "s", content: "", steps: 0 });
    expect(got[2]).not.toHaveProperty("run_id");
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
    expect([await end, rig.client.outbox.get()]).toEqual(["ended", []]);
    expect(got).toMatchObject([{ type: "cancelled", seq: 0, content: "" }]);
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
    const { got, end } = consume(rig, { sessionId: "s", signal: AbortSignal.abort() });
    expect([await end, rig.sockets.length]).toEqual(["ended", 0]);
    expect(got).toMatchObject([{ type: "cancelled", session_id: "s" }]);
  });
});

describe("a slow consumer", () => {
  it("makes the stream let go of the session, and read on from the cursor when all is taken", async () => {
    const rig = new Rig();
    const iterator = rig.client.stream("hi", { messageId: ID })[Symbol.asyncIterator]();
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

  it("is also slow where few events are long", async () => {
    const rig = new Rig();
    const iterator = rig.client.stream("hi", { messageId: ID })[Symbol.asyncIterator]();
    const first = iterator.next();
    await watching(rig);
    for (const event of [user(1), start(2)]) rig.socket.frame(event);
    await first;
    const content = "x".repeat(10 * 1024);
    let seq = 2;
    for (; rig.socket.of("unsubscribe").length === 0 && seq < 999; seq++)
      rig.socket.frame(text(seq + 1, seq + 1, (seq - 2) * content.length, content));
    expect((seq - 2) * content.length).toBeLessThan(BUFFERED_TEXT + content.length);
    for (let taken = 2; taken <= seq; taken++) expect((await iterator.next()).value.seq).toBe(taken);
    void iterator.next();
    await settled();
    expect(rig.socket.last("subscribe")).toMatchObject({ after: seq });
  });
});
