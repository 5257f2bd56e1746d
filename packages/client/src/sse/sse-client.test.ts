import { describe, expect, it } from "vitest";
import type { StreamChunk } from "../chunk.ts";
import { BUFFERED_EVENTS } from "../run-reader.ts";
import type { StreamOptions } from "../stream-options.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { FakeFetch } from "../testing/fake-fetch.ts";
import { event, text } from "../testing/rig.ts";
import { cancelled, done, ID, seqs, start, user } from "../testing/streamed.ts";
import { MillraceSseClient } from "./sse-client.ts";

const MESSAGES = "/sessions/s/messages";
const EVENTS = "/sessions/s/events";

/** Lets what streams and promises have ready arrive. */
async function arrived(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

class SseRig {
  readonly clock: FakeClock = new FakeClock();
  readonly net: FakeFetch = new FakeFetch();
  readonly client: MillraceSseClient = new MillraceSseClient({
    url: "http://gateway.test/",
    fetch: this.net.fetch,
    clock: this.clock,
    random: () => 0.5,
  });
  readonly got: StreamChunk[] = [];
  end: Promise<string> = Promise.resolve("");

  consume(options: StreamOptions = {}): void {
    const read = async (): Promise<string> => {
      for await (const chunk of this.client.stream("hi", { messageId: ID, sessionId: "s", ...options })) {
        this.got.push(chunk);
      }
      return "ended";
    };
    this.end = read().catch((error: Error) => `${error.name}: ${error.message}`);
  }

  /** Until the stream reads the session, with its message at 1. */
  async reading(): Promise<void> {
    await arrived();
    this.net.last("POST", MESSAGES).json({ session_id: "s", message_id: ID, seq: 1, duplicate: false });
    await arrived();
    this.net.last("GET", EVENTS).stream();
    await arrived();
  }

  async events(...events: readonly { seq: number }[]): Promise<void> {
    this.net.last("GET", EVENTS).events(...events);
    await arrived();
  }
}

describe("stream over SSE", () => {
  it("BRANCH-1 BRANCH-4: says whose place a message takes, and shows a branch", async () => {
    const rig = new SseRig();
    rig.consume({ replaces: "m1" });
    await arrived();
    expect(rig.net.last("POST", MESSAGES).body).toMatchObject({ content: "hi", replaces: "m1" });
    const selected = rig.client.selectBranch("s", "m1");
    await arrived();
    const asked = rig.net.last("POST", "/sessions/s/branch");
    expect(asked.body).toEqual({ message_id: "m1" });
    asked.json({ session_id: "s", message_id: "m1", seq: 9 });
    expect(await selected).toMatchObject({ type: "ack", message_id: "m1", seq: 9 });
  });

  it("makes a session, posts the message, and reads the run from the message on", async () => {
    const rig = new SseRig();
    rig.consume({ sessionId: undefined, maxSteps: 3 });
    await arrived();
    rig.net.last("POST", "/sessions").json({ session_id: "s" }, { status: 201 });
    await rig.reading();
    const { body } = rig.net.last("POST", MESSAGES);
    expect(body).toEqual({ message_id: ID, content: "hi", mode: "queue", options: { max_steps: 3 } });
    const { path, headers } = rig.net.last("GET", EVENTS);
    expect([path, headers.get("accept")]).toEqual([`${EVENTS}?after=0`, "text/event-stream"]);
    await rig.events(user(1), text(2, 2, 0, "x", "r0"), start(3), text(4, 4, 0, "a"), done(5));
    expect([seqs(rig.got), await rig.end]).toEqual([[1, 3, 4, 5], "ended"]);
    expect([rig.net.last("GET", EVENTS).aborted, rig.clock.pending]).toEqual([true, 0]);
  });

  it("SSE-2: reads on after the last event after a loss, and no text comes twice", async () => {
    const rig = new SseRig();
    rig.consume();
    await rig.reading();
    await rig.events(user(1), start(2), text(3, 4, 0, "ab"));
    for (let loss = 0; loss < 3; loss++) {
      rig.net.last("GET", EVENTS).die();
      await arrived();
      rig.clock.advance(1_000);
      await arrived();
      rig.net.last("GET", EVENTS).stream();
      await arrived();
    }
    const { path, headers } = rig.net.last("GET", EVENTS);
    expect([path, headers.get("last-event-id"), rig.net.of("GET", EVENTS).length]).toEqual([EVENTS, "e1.4", 4]);
    await rig.events(text(3, 6, 0, "abcd"), done(7));
    const deltas = rig.got.filter((chunk) => chunk.type === "text_delta");
    expect([deltas.map(({ content }) => content), await rig.end]).toEqual([["ab", "cd"], "ended"]);
  });

  it("READ-1 READ-3: passes over what it has, and reads again where something is missing", async () => {
    const rig = new SseRig();
    rig.consume();
    await rig.reading();
    await rig.events(user(1), start(2), user(1), start(2), text(3, 3, 0, "a"), text(5, 5, 2, "c"), text(4, 4, 1, "b"));
    rig.clock.advance(1_000);
    await arrived();
    expect(rig.net.last("GET", EVENTS).headers.get("last-event-id")).toBe("e1.3");
    rig.net.last("GET", EVENTS).stream();
    await rig.events(text(4, 4, 1, "b"), text(5, 5, 2, "c"), done(6));
    expect(seqs(rig.got)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("posts a message again, with its id, until the gateway answered; one that was refused is not", async () => {
    const rig = new SseRig();
    rig.consume();
    await arrived();
    rig.net.last("POST", MESSAGES).die();
    await arrived();
    rig.clock.advance(125);
    await arrived();
    rig.net
      .last("POST", MESSAGES)
      .json({ error: { code: "rate_limited", message: "" } }, { status: 429, headers: { "retry-after": "3" } });
    await arrived();
    rig.clock.advance(2_999);
    expect(rig.net.of("POST", MESSAGES)).toHaveLength(2);
    rig.clock.advance(1);
    await arrived();
    expect(rig.net.of("POST", MESSAGES).map(({ body }) => (body as { message_id: string }).message_id)).toEqual([
      ...[ID, ID, ID],
    ]);
    rig.net.last("POST", MESSAGES).json({ error: { code: "unknown_model", message: "no" } }, { status: 400 });
    expect(await rig.end).toBe("RejectedError: no");
  });

  it("does not post again where too many runs are open: that is for the person to decide", async () => {
    const rig = new SseRig();
    rig.consume();
    await arrived();
    rig.net
      .last("POST", MESSAGES)
      .json(
        { error: { code: "run_limit", message: "wait for one" } },
        { status: 429, headers: { "retry-after": "1" } },
      );
    expect(await rig.end).toBe("RejectedError: wait for one");
    rig.clock.advance(60_000);
    await arrived();
    expect(rig.net.of("POST", MESSAGES)).toHaveLength(1);
  });

  it("reads on no sooner than the gateway asks", async () => {
    const rig = new SseRig();
    rig.client.sessions.open("s").subscribe(() => {});
    await arrived();
    rig.net
      .last("GET", EVENTS)
      .json({ error: { code: "subscription_limit", message: "" } }, { status: 429, headers: { "retry-after": "7" } });
    await arrived();
    rig.clock.advance(6_999);
    await arrived();
    expect(rig.net.of("GET", EVENTS)).toHaveLength(1);
    rig.clock.advance(1);
    await arrived();
    expect(rig.net.of("GET", EVENTS)).toHaveLength(2);
  });

  it("takes silence for a loss", async () => {
    const rig = new SseRig();
    rig.consume();
    await rig.reading();
    rig.clock.advance(40_000);
    rig.net.last("GET", EVENTS).write(": still here\n\n");
    await arrived();
    rig.clock.advance(40_000);
    expect(rig.net.last("GET", EVENTS).aborted).toBe(false);
    rig.clock.advance(5_000);
    await arrived();
    rig.clock.advance(1_000);
    await arrived();
    expect(rig.net.of("GET", EVENTS).map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("throws where the gateway lets nobody in, has no such session, another history, or the client is closed", async () => {
    const ending = async (act: (rig: SseRig) => void): Promise<string> => {
      const rig = new SseRig();
      rig.consume();
      await arrived();
      rig.net.last("POST", MESSAGES).json({ session_id: "s", message_id: ID, seq: 1 });
      await arrived();
      act(rig);
      await arrived();
      return rig.end;
    };
    const answer = (status: number, code: string) => (rig: SseRig) =>
      rig.net.last("GET", EVENTS).json({ error: { code, message: "no" } }, { status });
    expect(await ending(answer(401, "unauthorized"))).toBe("DisconnectedError: The server answered 401.");
    expect(await ending(answer(404, "not_found"))).toBe("RejectedError: The session is gone.");
    expect(await ending((rig) => rig.client.close())).toBe("DisconnectedError: The client was closed.");
    const replaced = await ending((rig) => {
      const asked = rig.net.last("GET", EVENTS);
      asked.stream();
      asked.write('event: reset\ndata: {"epoch":"e2","head":9}\n\n');
    });
    expect(replaced).toBe("DisconnectedError: The history of the session was replaced.");
  });

  it("a signal stops the run, asked again until the gateway has it", async () => {
    const rig = new SseRig();
    const controller = new AbortController();
    rig.consume({ signal: controller.signal });
    await rig.reading();
    await rig.events(user(1), start(2));
    controller.abort();
    const stop = "/sessions/s/stop";
    rig.net.last("POST", stop).die();
    await arrived();
    rig.clock.advance(1_000);
    expect(rig.net.of("POST", stop).map(({ body }) => body)).toEqual([{ run_id: "r1" }, { run_id: "r1" }]);
    rig.net.last("POST", stop).json({ outcome: "stopping" });
    await rig.events(cancelled(3));
    expect([seqs(rig.got), await rig.end]).toEqual([[1, 2, 3], "ended"]);
  });

  it("a signal takes a message back that waits in the queue, or was never posted", async () => {
    const queued = new SseRig();
    const controller = new AbortController();
    queued.consume({ signal: controller.signal });
    await queued.reading();
    await queued.events(user(1));
    controller.abort();
    queued.net.last("DELETE", `${MESSAGES}/${ID}`).json({});
    await queued.events(event(2, { type: "message_withdrawn", message_id: ID }));
    expect(queued.got.map(({ type }) => type)).toEqual(["user_message", "message_withdrawn", "cancelled"]);

    const unsent = new SseRig();
    const early = new AbortController();
    unsent.consume({ sessionId: undefined, signal: early.signal });
    await arrived();
    early.abort();
    unsent.net.last("POST", "/sessions").json({ session_id: "s" });
    expect(await unsent.end).toBe("ended");
    expect(unsent.got.map(({ type }) => type)).toEqual(["cancelled"]);
    expect(unsent.net.of("POST", MESSAGES)).toEqual([]);
  });

  it("a slow consumer closes the response, and reads on when all is taken", async () => {
    const rig = new SseRig();
    const iterator = rig.client.stream("hi", { messageId: ID, sessionId: "s" })[Symbol.asyncIterator]();
    const first = iterator.next();
    await rig.reading();
    await rig.events(user(1), start(2));
    await first;
    const many = Array.from({ length: 5_000 }, (_, index) => text(3 + index, 3 + index, index, "x"));
    await rig.events(...many);
    await arrived();
    expect(rig.net.last("GET", EVENTS).aborted).toBe(true);
    for (let taken = 0; taken < BUFFERED_EVENTS; taken++) await iterator.next();
    void iterator.next();
    await arrived();
    expect(rig.net.of("GET", EVENTS)).toHaveLength(2);
    expect(rig.net.last("GET", EVENTS).headers.get("last-event-id")).toBe(`e1.${BUFFERED_EVENTS + 1}`);
  });
});

describe("a session over SSE", () => {
  it("is live when it has reached the head that the gateway names", async () => {
    const rig = new SseRig();
    const session = rig.client.sessions.open("s");
    const ready = session.ready();
    await arrived();
    rig.net.last("GET", EVENTS).stream();
    await arrived();
    rig.net.last("GET", "/sessions/s").json({ session_id: "s", head: 2 });
    await rig.events(user(1));
    expect(session.state()).toBe("catching_up");
    await rig.events(start(2));
    expect((await ready).turns).toHaveLength(1);
  });

  it("answers a question and tells a refusal by its code", async () => {
    const rig = new SseRig();
    const answered = rig.client.respond("s", "q1", "deny", { args_digest: "d" });
    const asked = rig.net.last("POST", "/sessions/s/interactions/q1");
    expect(asked.body).toEqual({ answer: "deny", args_digest: "d" });
    asked.json({ error: { code: "already_answered", message: "too late" } }, { status: 409 });
    await expect(answered).rejects.toMatchObject({ code: "already_answered" });
  });
});
