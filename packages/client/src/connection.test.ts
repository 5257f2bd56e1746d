import { describe, expect, it } from "vitest";
import { SocketDriver, socketUrl } from "./socket.ts";
import { fakeSockets } from "./testing/fake-socket.ts";
import { event, Rig, recorded, welcome } from "./testing/rig.ts";

describe("the socket's address", () => {
  it.each([
    ["http://127.0.0.1:8000", "ws://127.0.0.1:8000/api/v1/ws"],
    ["https://chat.example/base/", "wss://chat.example/base/api/v1/ws"],
    ["ws://h", "ws://h/api/v1/ws"],
  ])("of %s", (base, url) => expect(socketUrl(base)).toBe(url));
});

describe("the driver", () => {
  it("holds one socket, closes it once, and never hears it again", () => {
    const { WebSocket, sockets } = fakeSockets();
    const heard: string[] = [];
    const driver = new SocketDriver("ws://h", WebSocket, {
      onOpen: () => heard.push("open"),
      onText: (text) => heard.push(text),
      onClose: (code) => heard.push(`close ${code}`),
    });
    driver.open();
    driver.open();
    const [old, current] = sockets;
    old?.open();
    old?.frame("old");
    old?.die();
    current?.open();
    current?.frame("new");
    driver.drop();
    driver.drop();
    current?.frame("late");
    current?.die();
    expect(heard).toEqual(["open", "new"]);
    expect([old?.closes, current?.closes]).toEqual([1, 1]);
    expect(current?.protocol).toBe("millrace.v1");
  });

  it("does not throw where the socket does", () => {
    const { WebSocket, sockets } = fakeSockets();
    const driver = new SocketDriver("ws://h", WebSocket, { onOpen() {}, onText() {}, onClose() {} });
    expect(driver.send("x")).toBe(false);
    driver.open();
    Object.assign(sockets[0] ?? {}, {
      send: () => {
        throw new Error("closing");
      },
      close: () => {
        throw new Error("connecting");
      },
    });
    expect(driver.send("x")).toBe(false);
    expect(() => driver.drop()).not.toThrow();
  });
});

describe("the connection as it is shown", () => {
  it("changes with the policy and stays the same object between changes", () => {
    const rig = new Rig();
    const shown: string[] = [];
    rig.client.connection.subscribe(() => shown.push(rig.state()));
    rig.online();
    const online = rig.client.connection.get();
    rig.socket.frame({ type: "heartbeat", heads: {} });
    expect(rig.client.connection.get()).toBe(online);
    rig.socket.die();
    rig.clock.advance(250);
    rig.socket.die(4101, "unauthorized");
    expect(shown).toEqual(["connecting", "online", "waiting", "connecting", "closed"]);
    expect(rig.client.connection.get()).toEqual({ state: "closed", code: 4101, reason: "unauthorized" });
    rig.clock.advance(3_600_000);
    expect(rig.sockets).toHaveLength(2);
  });

  it("F3: a socket that falls silent is replaced, and what it says later is not heard", () => {
    const rig = new Rig();
    const { told } = recorded(rig);
    const silent = rig.online();
    rig.subscribed();
    rig.clock.advance(29_000);
    silent.frame({ type: "heartbeat", heads: {} });
    rig.clock.advance(29_999);
    expect(rig.state()).toBe("online");
    rig.clock.advance(1);
    expect(rig.state()).toBe("waiting");
    expect(silent.closes).toBe(1);
    rig.online();
    rig.subscribed();
    silent.frame(event(1));
    silent.frame(welcome(9));
    silent.die(4101);
    expect(rig.state()).toBe("online");
    expect(told).not.toContain(1);
  });

  it("R10 F3: a message without an answer on a line that died shows within seconds, and goes out on the next one", () => {
    const rig = new Rig();
    const dead = rig.online();
    rig.client.send({ content: "hi", session_id: "s" });
    rig.clock.advance(2_500);
    expect(dead.sent.map(({ type }) => type)).toEqual(["send", "ping"]);
    expect(rig.state()).toBe("online");
    rig.clock.advance(3_500);
    expect(rig.state()).not.toBe("online");
    expect(dead.closes).toBe(1);
    expect(rig.client.outbox.get()).toMatchObject([{ content: "hi", state: "waiting" }]);
    const next = rig.online();
    expect(next.last("send").message_id).toBe(dead.last("send").message_id);
  });

  it("R10: where the ping is answered, the connection stays, and asks no more once all is answered", () => {
    const rig = new Rig();
    const socket = rig.online();
    rig.client.send({ content: "hi", session_id: "s" });
    rig.clock.advance(2_500);
    rig.ack("ping");
    rig.clock.advance(1_000);
    rig.ack("send", { session_id: "s", seq: 1 });
    rig.clock.advance(20_000);
    expect(rig.state()).toBe("online");
    expect(socket.of("ping")).toHaveLength(1);
  });

  it("R10: the browser's `offline` asks the socket at once", () => {
    const rig = new Rig();
    const socket = rig.online();
    rig.client.probe();
    rig.client.probe();
    expect(socket.of("ping")).toHaveLength(1);
    rig.clock.advance(3_100);
    expect(rig.state()).not.toBe("online");
    rig.client.close();
    rig.client.probe();
    expect([rig.state(), rig.clock.pending]).toEqual(["idle", 0]);
  });

  it("retryNow does not wait for the backoff, and leaves no second timer behind", () => {
    const rig = new Rig();
    rig.online();
    rig.socket.die();
    rig.client.retryNow();
    expect(rig.sockets).toHaveLength(2);
    rig.online();
    rig.clock.advance(1_000);
    expect(rig.sockets).toHaveLength(2);
    rig.client.close();
    expect([rig.state(), rig.clock.pending, rig.socket.closes]).toEqual(["idle", 0, 1]);
  });
});

describe("frames that mean nothing", () => {
  it.each([
    "",
    "no json",
    "null",
    "[]",
    "7",
    '"x"',
    "{}",
    '{"type":7}',
    '{"type":"constructor"}',
    '{"type":"__proto__"}',
    '{"type":"welcome"}',
    '{"type":"welcome","connection_id":"k","heartbeat_ms":0,"user":{"id":"u"}}',
    '{"type":"ack"}',
    '{"type":"ack","id":"unknown"}',
    '{"type":"reject","id":null,"code":"bad_request","message":""}',
    '{"type":"subscribed","id":"c1"}',
    '{"type":"live","session_id":"s","seq":-1}',
    '{"type":"live","session_id":"unknown","seq":1}',
    '{"type":"heartbeat","heads":null}',
    '{"type":"heartbeat","heads":{"s":"x","__proto__":9}}',
    '{"type":"session_changed"}',
    '{"type":"text_delta","session_id":"s","seq":0}',
    '{"type":"text_delta","session_id":"s","seq":1.5}',
    '{"type":"text_delta","session_id":"s","seq":1,"from":2}',
    '{"type":"text_delta","session_id":7,"seq":1}',
    '{"type":"text_delta","session_id":"nobody","seq":1}',
  ])("%s is ignored", (frame) => {
    const rig = new Rig();
    const { told } = recorded(rig);
    rig.online();
    rig.subscribed();
    told.length = 0;
    const sent = rig.socket.sent.length;
    expect(() => rig.socket.frame(frame)).not.toThrow();
    rig.clock.advance(10_000);
    expect([told, rig.state(), rig.socket.sent.length]).toEqual([[], "online", sent]);
  });

  it("binary data is ignored", () => {
    const rig = new Rig();
    rig.online();
    expect(() => rig.socket.onmessage?.({ data: new ArrayBuffer(3) })).not.toThrow();
    expect(rig.state()).toBe("online");
  });

  it("an event of an unknown type is passed on: the fold decides", () => {
    const rig = new Rig();
    const { told } = recorded(rig);
    rig.online();
    rig.subscribed();
    rig.socket.frame(event(1, { type: "from_the_future" }));
    expect(told).toContain(1);
  });
});
