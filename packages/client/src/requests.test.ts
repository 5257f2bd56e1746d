import { describe, expect, it } from "vitest";
import type { Connection } from "./connection.ts";
import { DisconnectedError, RejectedError } from "./errors.ts";
import { type Outcome, Requests } from "./requests.ts";
import { Rig } from "./testing/rig.ts";

describe("commands", () => {
  it("are written as the wire has them, and answered by id in any order", async () => {
    const { client, ...rig } = online();
    const stop = client.stop("s", "r1");
    const unsend = client.unsend("s", "m1");
    const respond = client.respond("s", "q1", "allow_once", { args_digest: "d", remember: "once" });
    const update = client.updateSession("s", { title: "T" });
    const remove = client.deleteSession("s");
    expect(rig.socket.sent.map(({ id: _, ...command }) => command)).toEqual([
      { type: "stop", session_id: "s", run_id: "r1" },
      { type: "unsend", session_id: "s", message_id: "m1" },
      {
        type: "respond",
        session_id: "s",
        request_id: "q1",
        answer: "allow_once",
        args_digest: "d",
        remember: "once",
      },
      { type: "update_session", session_id: "s", title: "T" },
      { type: "delete_session", session_id: "s" },
    ]);
    for (const { id, type } of rig.socket.sent.toReversed()) rig.socket.frame({ type: "ack", id, session_id: type });
    const acks = await Promise.all([stop, unsend, respond, update, remove]);
    expect(acks.map((ack) => ack.session_id)).toEqual(rig.socket.sent.map((command) => command.type));
  });

  it("reject with the server's code", async () => {
    const { client, rig } = online();
    const answer = client.respond("s", "q1", "yes");
    rig.reject("respond", "already_answered", { retry_after_ms: 5 });
    await expect(answer).rejects.toMatchObject({ code: "already_answered", retry_after_ms: 5, message: "no" });
    await expect(answer).rejects.toBeInstanceOf(RejectedError);
  });

  it("fail when the connection is lost, and when there is none", async () => {
    const { client, rig } = online();
    const lost = client.stop("s", "r1");
    rig.socket.die();
    await expect(lost).rejects.toBeInstanceOf(DisconnectedError);
    await expect(client.stop("s", "r1")).rejects.toBeInstanceOf(DisconnectedError);
    expect(rig.socket.sent).toHaveLength(1);
  });

  it("are told of a loss once", () => {
    const connection = { online: true, send: () => true } as unknown as Connection;
    const requests = new Requests(connection);
    const outcomes: Outcome[] = [];
    requests.start({ type: "ping" }, (outcome) => outcomes.push(outcome));
    requests.lose();
    requests.lose();
    expect(outcomes).toEqual([null]);
  });

  it("use an id once, over all connections; a late answer to an old one is nobody's", async () => {
    const { client, rig } = online();
    client.stop("s", "r1").catch(() => {});
    const old = rig.socket.last("stop").id;
    rig.socket.die();
    rig.online();
    let settled = false;
    client.stop("s", "r1").then(
      () => {
        settled = true;
      },
      () => {},
    );
    rig.socket.frame({ type: "ack", id: old });
    await Promise.resolve();
    expect([settled, rig.socket.last("stop").id === old]).toEqual([false, false]);
  });

  it("that are larger than a frame may be are refused here: the server would close", async () => {
    const { client, rig } = online({ frame_bytes: 200 });
    await expect(client.respond("s", "q1", "ü".repeat(100))).rejects.toMatchObject({ code: "too_large" });
    expect(rig.socket.sent).toEqual([]);
    client.respond("s", "q1", "x".repeat(50)).catch(() => {});
    expect(rig.socket.sent).toHaveLength(1);
  });
});

describe("notices", () => {
  it("reach their listeners until these leave", () => {
    const { client, rig } = online();
    const codes: string[] = [];
    const leave = client.onNotice((notice) => codes.push(notice.code));
    rig.socket.frame({ type: "notice", code: "storage_full", message: "" });
    leave();
    rig.socket.frame({ type: "notice", code: "storage_slow", message: "" });
    expect(codes).toEqual(["storage_full"]);
  });
});

function online(limits?: Readonly<Record<string, number>>) {
  const rig = new Rig();
  const socket = rig.online(limits);
  return { rig, socket, client: rig.client };
}
