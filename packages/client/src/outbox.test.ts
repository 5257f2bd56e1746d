import { describe, expect, it } from "vitest";
import { RejectedError } from "./errors.ts";
import { OUTBOX_LIMIT } from "./outbox.ts";
import { Rig, settled } from "./testing/rig.ts";
import type { OutboxEntry, OutboxStorage } from "./types.ts";

function keeping(kept: readonly OutboxEntry[] = []): OutboxStorage & { kept: readonly OutboxEntry[] } {
  return {
    kept,
    load() {
      return this.kept;
    },
    save(entries) {
      this.kept = entries;
    },
  };
}

const states = (rig: Rig): string[] => rig.client.outbox.get().map((entry) => `${entry.content} ${entry.state}`);
const contents = (rig: Rig): unknown[] => rig.socket.of("send").map((command) => command.content);

describe("the outbox", () => {
  it("sends at once when there is a connection, and lets go at the ack", async () => {
    const rig = new Rig();
    rig.online();
    const { message_id, accepted } = rig.client.send({
      content: "hi",
      session_id: "s",
      mode: "steer",
      options: { model: "m" },
    });
    const { id: _, ...command } = rig.socket.last("send");
    expect(command).toEqual({
      type: "send",
      session_id: "s",
      message_id,
      content: "hi",
      mode: "steer",
      options: { model: "m" },
    });
    expect(message_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(states(rig)).toEqual(["hi sent"]);
    rig.ack("send", { session_id: "s", message_id, seq: 4, duplicate: false });
    expect(rig.client.outbox.get()).toEqual([]);
    expect(await accepted).toMatchObject({ session_id: "s", seq: 4 });
  });

  it("BRANCH-1: says whose place a message takes, also after a reload", async () => {
    const storage = keeping();
    const rig = new Rig({ storage });
    rig.client.send({ content: "better", session_id: "s", replaces: "m1" });
    rig.online();
    expect(rig.socket.last("send")).toMatchObject({ content: "better", replaces: "m1" });
    const after = new Rig({ storage });
    after.online();
    expect(after.socket.last("send")).toMatchObject({ content: "better", replaces: "m1" });
    void after.client.selectBranch("s", "m1").catch(() => {});
    expect(after.socket.last("select_branch")).toMatchObject({ session_id: "s", message_id: "m1" });
  });

  it("ATTACH-2: says which files come with a message, also after a reload", () => {
    const storage = keeping();
    const rig = new Rig({ storage });
    rig.client.send({ content: "", session_id: "s", attachments: ["a_1"] });
    const after = new Rig({ storage });
    after.online();
    expect(after.socket.last("send")).toMatchObject({ content: "", attachments: ["a_1"] });
  });

  it("keeps what is said while there is no connection", () => {
    const rig = new Rig();
    rig.client.send({ content: "early" });
    expect(states(rig)).toEqual(["early waiting"]);
    rig.online();
    expect(states(rig)).toEqual(["early sent"]);
    expect(rig.socket.last("send")).not.toHaveProperty("session_id");
  });

  it("F18: cut before its ack, a message is sent again with its id; a duplicate's ack counts", async () => {
    const rig = new Rig();
    rig.online();
    const { message_id, accepted } = rig.client.send({ content: "once", session_id: "s" });
    rig.socket.die();
    expect(states(rig)).toEqual(["once waiting"]);
    rig.online();
    expect(rig.socket.last("send")).toMatchObject({ message_id, content: "once" });
    rig.ack("send", { seq: 4, duplicate: true });
    expect(await accepted).toMatchObject({ seq: 4, duplicate: true });
    rig.socket.die();
    rig.online();
    expect(rig.socket.of("send")).toEqual([]);
  });

  it("keeps the order of a session: one at a time, also after a loss; other sessions do not wait", () => {
    const rig = new Rig();
    for (const content of ["a1", "a2", "a3"]) rig.client.send({ content, session_id: "a" });
    rig.client.send({ content: "b1", session_id: "b" });
    rig.client.send({ content: "new1" });
    rig.client.send({ content: "new2" });
    rig.online();
    expect(contents(rig)).toEqual(["a1", "b1", "new1", "new2"]);
    rig.socket.die();
    rig.online();
    expect(contents(rig)).toEqual(["a1", "b1", "new1", "new2"]);
    const answer = (content: string): void => {
      const id = rig.socket.of("send").find((command) => command.content === content)?.id;
      rig.socket.frame({ type: "ack", id, seq: 1 });
    };
    answer("a1");
    answer("b1");
    answer("a2");
    expect(contents(rig)).toEqual(["a1", "b1", "new1", "new2", "a2", "a3"]);
    expect(states(rig)).toEqual(["a3 sent", "new1 sent", "new2 sent"]);
  });

  it("keeps a rejected message with its reason, tells the sender, and goes on with the next", async () => {
    const rig = new Rig();
    rig.online();
    const { message_id, accepted } = rig.client.send({ content: "bad", session_id: "s" });
    rig.client.send({ content: "next", session_id: "s" });
    rig.reject("send", "unknown_model");
    await expect(accepted).rejects.toMatchObject({ code: "unknown_model" });
    expect(states(rig)).toEqual(["bad rejected", "next sent"]);
    expect(rig.client.outbox.get()[0]?.reason).toEqual({ code: "unknown_model", message: "no" });
    rig.socket.die();
    rig.online();
    expect(contents(rig)).toEqual(["next"]);
    expect(rig.client.withdraw(message_id)).toBe(true);
    expect(states(rig)).toEqual(["next sent"]);
  });

  it("sends a rejected message again when asked to, under the same id", async () => {
    const rig = new Rig();
    rig.online();
    const { message_id } = rig.client.send({ content: "again", session_id: "s" });
    rig.reject("send", "storage_unavailable");
    const { accepted } = rig.client.send({ message_id, content: "again", session_id: "s" });
    expect(rig.socket.last("send")).toMatchObject({ message_id });
    rig.ack("send", { seq: 1 });
    expect(await accepted).toMatchObject({ seq: 1 });
  });

  it("an id that is already in the box is the same message", () => {
    const rig = new Rig();
    rig.online();
    const first = rig.client.send({ content: "x" });
    const second = rig.client.send({ content: "x", message_id: first.message_id });
    expect(second.accepted).toBe(first.accepted);
    expect(contents(rig)).toEqual(["x"]);
  });

  it("waits as long as the server says when it was too fast, then keeps that pace", () => {
    const rig = new Rig();
    rig.online();
    for (const content of ["a", "b", "c"]) rig.client.send({ content, session_id: content });
    const first = rig.socket.of("send")[0];
    rig.socket.frame({ type: "reject", id: first?.id, code: "rate_limited", message: "", retry_after_ms: 500 });
    expect(states(rig)).toEqual(["a waiting", "b sent", "c sent"]);
    rig.client.send({ content: "d", session_id: "d" });
    rig.clock.advance(499);
    expect(contents(rig)).toEqual(["a", "b", "c"]);
    rig.clock.advance(1);
    expect(contents(rig)).toEqual(["a", "b", "c", "a"]);
    rig.clock.advance(500);
    expect(contents(rig)).toEqual(["a", "b", "c", "a", "d"]);
  });

  it("a new connection has its own pace", () => {
    const rig = new Rig();
    rig.online();
    for (const content of ["a", "b"]) rig.client.send({ content, session_id: content });
    rig.reject("send", "rate_limited", { retry_after_ms: 60_000 });
    rig.socket.die();
    rig.online();
    expect(contents(rig)).toEqual(["a", "b"]);
  });

  it("withdraws what waits, not what is on its way", async () => {
    const rig = new Rig();
    const { message_id, accepted } = rig.client.send({ content: "x" });
    expect(rig.client.withdraw(message_id)).toBe(true);
    await expect(accepted).rejects.toMatchObject({ name: "AbortError" });
    expect(rig.client.withdraw(message_id)).toBe(false);
    rig.online();
    expect(contents(rig)).toEqual([]);
    const sent = rig.client.send({ content: "y" });
    expect(rig.client.withdraw(sent.message_id)).toBe(false);
  });

  it("refuses a message that no frame can carry, and stays connected", async () => {
    const rig = new Rig();
    rig.online({ frame_bytes: 1_000 });
    const { accepted } = rig.client.send({ content: "x".repeat(1_001), session_id: "s" });
    rig.client.send({ content: "small", session_id: "s" });
    await expect(accepted).rejects.toMatchObject({ code: "too_large" });
    expect(contents(rig)).toEqual(["small"]);
    expect(states(rig)[0]).toMatch(/rejected$/);
  });

  it("is bounded", async () => {
    const rig = new Rig();
    for (let n = 0; n < OUTBOX_LIMIT; n++) rig.client.send({ content: `${n}` });
    await expect(rig.client.send({ content: "one more" }).accepted).rejects.toBeInstanceOf(RejectedError);
    expect(rig.client.outbox.get()).toHaveLength(OUTBOX_LIMIT);
  });

  it("sends nothing twice when a listener sends from within", () => {
    const rig = new Rig();
    rig.client.send({ content: "a", session_id: "a" });
    rig.client.send({ content: "b", session_id: "b" });
    let once = true;
    rig.client.outbox.subscribe(() => {
      if (once) {
        once = false;
        rig.client.send({ content: "c", session_id: "c" });
      }
    });
    rig.online();
    expect(contents(rig).toSorted()).toEqual(["a", "b", "c"]);
  });
});

describe("the outbox over a reload", () => {
  it("keeps unsent messages and their order; what was on its way waits again", () => {
    const storage = keeping();
    const before = new Rig({ storage });
    before.online();
    before.client.send({ content: "one", session_id: "s" });
    before.client.send({ content: "two", session_id: "s" });
    expect(storage.kept.map((entry) => entry.state)).toEqual(["sent", "waiting"]);
    const after = new Rig({ storage });
    expect(states(after)).toEqual(["one waiting", "two waiting"]);
    after.online();
    expect(after.socket.last("send").message_id).toBe(before.socket.last("send").message_id);
    after.ack("send", { seq: 1, duplicate: true });
    after.ack("send", { seq: 2 });
    expect([contents(after), storage.kept]).toEqual([["one", "two"], []]);
  });

  it("does not lose a message to a storage that fails or holds rubbish", async () => {
    const broken = {
      load: (): never => {
        throw new Error("no");
      },
      save: (): never => {
        throw new Error("full");
      },
    };
    for (const storage of [broken, keeping([null] as never), keeping([{ message_id: 7 }] as never)]) {
      const rig = new Rig({ storage });
      rig.online();
      rig.client.send({ content: "x" });
      await settled();
      expect(contents(rig)).toEqual(["x"]);
    }
  });
});
