import { describe, expect, it } from "vitest";
import { MillraceClient } from "./client.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { type FakeSocket, fakeSockets } from "./testing/fake-socket.ts";
import { settled, welcome } from "./testing/rig.ts";
import type { TokenSource } from "./types.ts";

interface Given {
  client: MillraceClient;
  clock: FakeClock;
  sockets: FakeSocket[];
  authorized: (string | null)[];
}

function given(token?: TokenSource): Given {
  const { WebSocket, sockets } = fakeSockets();
  const clock = new FakeClock();
  const authorized: (string | null)[] = [];
  const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    authorized.push(new Headers(init?.headers).get("authorization"));
    return Response.json({});
  };
  const client = new MillraceClient({
    url: "http://gateway.test",
    WebSocket,
    clock,
    random: () => 0.5,
    fetch: fetch as typeof globalThis.fetch,
    ...(token !== undefined && { token }),
  });
  return { client, clock, sockets, authorized };
}

describe("a client with a token", () => {
  it("B17: shows it in the first frame of every socket, before it was asked for anything", async () => {
    const { client, clock, sockets } = given("secret");
    client.connect();
    sockets[0]?.open();
    expect(sockets[0]?.sent).toEqual([{ type: "auth", token: "secret" }]);
    client.watch("s", { onEvents() {}, onReset() {}, onLive() {} });
    expect(sockets[0]?.sent).toHaveLength(1);
    sockets[0]?.frame(welcome(1));
    expect(sockets[0]?.last("subscribe").session_id).toBe("s");
    sockets[0]?.die();
    clock.advance(1_000);
    sockets[1]?.open();
    expect(sockets[1]?.sent).toEqual([{ type: "auth", token: "secret" }]);
  });

  it("B20: sends it to HTTP as a header, and never in an address", async () => {
    const { client, sockets, authorized } = given("secret");
    client.connect();
    await client.models();
    expect(authorized).toEqual(["Bearer secret"]);
    expect(sockets[0]?.url).toBe("ws://gateway.test/api/v1/ws");
  });

  it("B16: asks for a fresh one each time, so that 4006 is answered with another", async () => {
    let made = 0;
    const { client, clock, sockets, authorized } = given(async () => `t${++made}`);
    client.connect();
    sockets[0]?.open();
    await settled();
    sockets[0]?.frame(welcome(1));
    sockets[0]?.die(4006, "expired");
    clock.advance(1_000);
    sockets[1]?.open();
    await settled();
    expect(sockets.map((socket) => socket.sent[0]?.token)).toEqual(["t1", "t2"]);
    await client.models();
    expect(authorized).toEqual(["Bearer t3"]);
  });

  it("a token that comes too late is not sent to the next socket", async () => {
    const asked: ((token: string) => void)[] = [];
    const { client, clock, sockets } = given(() => new Promise((resolve) => asked.push(resolve)));
    client.connect();
    sockets[0]?.open();
    sockets[0]?.die();
    clock.advance(1_000);
    sockets[1]?.open();
    asked[0]?.("old");
    await settled();
    expect(sockets[1]?.sent).toEqual([]);
    asked[1]?.("new");
    await settled();
    expect(sockets[1]?.sent).toEqual([{ type: "auth", token: "new" }]);
  });

  it("without one this time it tries again later, like after a loss", async () => {
    const { client, clock, sockets } = given(() => {
      throw new Error("no network");
    });
    client.connect();
    sockets[0]?.open();
    await settled();
    expect(client.connection.get().state).toBe("waiting");
    expect(sockets[0]?.closes).toBe(1);
    clock.advance(1_000);
    expect(sockets).toHaveLength(2);
    client.close();
  });

  it("none given: nothing is sent before welcome, and no header", async () => {
    const { client, sockets, authorized } = given();
    client.connect();
    sockets[0]?.open();
    await client.models();
    expect([sockets[0]?.sent, authorized]).toEqual([[], [null]]);
  });
});
