import { openTurn } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import type { LiveSession } from "./live-session.ts";
import { event, Rig, settled, text } from "./testing/rig.ts";
import { frames, start, user } from "./testing/streamed.ts";

function opened(): { rig: Rig; session: LiveSession; told: () => number; leave: () => void } {
  const rig = new Rig();
  const session = rig.client.sessions.open("s");
  let told = 0;
  const leave = session.subscribe(() => {
    told += 1;
  });
  return { rig, session, told: () => told, leave };
}

function live(rig: Rig, seq: number): void {
  rig.socket.frame({ type: "live", session_id: "s", seq });
}

describe("a live session", () => {
  it("asks nothing until somebody subscribes, then connects and reads from the start", () => {
    const rig = new Rig();
    const session = rig.client.sessions.open("s");
    expect([rig.sockets.length, session.state(), session.view().turns]).toEqual([0, "subscribing", []]);
    session.subscribe(() => {});
    rig.online();
    expect(rig.socket.last("subscribe")).toMatchObject({ session_id: "s", after: 0 });
  });

  it("keeps its snapshot until an event changes it: `view` and `subscribe` fit useSyncExternalStore unbound", async () => {
    const { rig, session } = opened();
    const { view } = session;
    rig.online();
    rig.subscribed({ head: 2 });
    await frames(rig, user(1), start(2));
    const before = view();
    expect([view() === before, before.seq]).toEqual([true, 2]);
    await frames(rig, user(1));
    live(rig, 2);
    expect(view()).toBe(before);
    await frames(rig, text(3, 3, 0, "a"));
    expect(view()).not.toBe(before);
    expect(view().turns[0]?.items.at(-1)).toMatchObject({ kind: "text", content: "a" });
  });

  it("tells many events once, and at once that the history is in", async () => {
    const { rig, session, told } = opened();
    rig.online();
    rig.subscribed({ head: 4 });
    const before = told();
    await frames(rig, user(1), start(2), text(3, 3, 0, "a"), text(4, 4, 1, "b"));
    expect(told()).toBe(before);
    rig.clock.advance(16);
    expect(told()).toBe(before + 1);
    live(rig, 4);
    expect([session.state(), told() > before + 1]).toEqual(["live", true]);
  });

  it("stops reading with the last listener, and goes on from there with the next", async () => {
    const { rig, session, leave } = opened();
    const other = session.subscribe(() => {});
    rig.online();
    rig.subscribed({ head: 2 });
    await frames(rig, user(1), start(2));
    other();
    other();
    expect(rig.socket.of("unsubscribe")).toHaveLength(0);
    leave();
    expect([rig.socket.of("unsubscribe").length, session.view().seq, session.state()]).toEqual([1, 2, "subscribing"]);
    expect(rig.clock.pending).toBe(1);
    session.subscribe(() => {});
    expect(rig.socket.last("subscribe")).toMatchObject({ after: 2, epoch: "e1" });
  });

  it("begins again where the history was replaced", async () => {
    const { rig, session } = opened();
    rig.online();
    rig.subscribed({ head: 2 });
    await frames(rig, user(1), start(2));
    rig.socket.die();
    rig.online();
    rig.subscribed({ after: 0, reset: true, epoch: "e2" });
    expect([session.view().seq, session.view().turns]).toEqual([0, []]);
  });

  it("is ready when it is live, and never where there is no such session", async () => {
    const rig = new Rig();
    const ready = rig.client.sessions.open("s").ready();
    const missing = rig.client.sessions.open("t").ready();
    rig.online();
    const [s, t] = rig.socket.of("subscribe");
    const reply = { type: "subscribed", epoch: "e1", head: 2, after: 0, reset: false };
    rig.socket.frame({ ...reply, id: s?.id, session_id: "s" });
    rig.socket.frame({ type: "reject", id: t?.id, code: "not_found", message: "no" });
    await frames(rig, user(1), start(2));
    live(rig, 2);
    expect((await ready).seq).toBe(2);
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
    await settled();
    expect(rig.socket.of("unsubscribe")).toMatchObject([{ session_id: "s" }]);
  });

  it("sends, answers and takes back in its session, and stops the run that is open", async () => {
    const { rig, session } = opened();
    rig.online();
    rig.subscribed({ head: 2 });
    await frames(rig, user(1), start(2));
    live(rig, 2);
    expect(openTurn(session.view())?.run_id).toBe("r1");
    const { message_id } = session.send("more", { mode: "steer", maxSteps: 3 });
    expect(rig.socket.last("send")).toMatchObject({ session_id: "s", content: "more", options: { max_steps: 3 } });
    const taken = session.unsend(message_id);
    const answered = session.respond("q1", "allow_once", { args_digest: "d" });
    const stopped = session.stop();
    await settled();
    expect(rig.socket.last("unsend")).toMatchObject({ session_id: "s", message_id });
    expect(rig.socket.last("respond")).toMatchObject({ session_id: "s", request_id: "q1", args_digest: "d" });
    expect(rig.socket.last("stop")).toMatchObject({ session_id: "s", run_id: "r1" });
    rig.ack("unsend");
    rig.ack("respond");
    rig.ack("stop", { outcome: "stopping" });
    expect([await stopped, (await taken).type, (await answered).type]).toEqual(["stopping", "ack", "ack"]);
    await frames(rig, event(3, { type: "cancelled", run_id: "r1", content: "" }));
    expect(await session.stop()).toBe("already_ended");
  });
});
