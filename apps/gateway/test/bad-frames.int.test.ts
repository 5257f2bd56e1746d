import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { type FrameOptions, RawSocket, RawWebSocket, upgrade, wsFrame } from "./raw-socket.ts";
import { eventually, within } from "./within.ts";

let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({});
});
afterAll(async () => {
  const viewer = await gateway.connect();
  expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
  await gateway[Symbol.asyncDispose]();
});

const ping = '{"type":"ping","id":"p"}';

async function closeCodeAfter(...frames: Uint8Array[]): Promise<number | null> {
  using socket = await RawWebSocket.open(gateway.port);
  return await socket.write(...frames).closeCode();
}

/** A text in so many frames, all of it in the first. */
function fragments(count: number, text: string): Buffer[] {
  const rest = Array.from({ length: count - 1 }, (_, at) => wsFrame("", { opcode: 0, fin: at === count - 2 }));
  return [wsFrame(text, { fin: false }), ...rest];
}

describe("frames", () => {
  it.each([
    ["B21: an unmasked frame", { masked: false }],
    ["B22: RSV1 without an extension", { rsv: 4 }],
    ["B22: RSV2", { rsv: 2 }],
    ["B22: RSV3", { rsv: 1 }],
    ["B23: opcode 3", { opcode: 3 }],
    ["B23: opcode 11", { opcode: 11 }],
    ["B24: a fragmented ping", { opcode: 9, fin: false }],
    ["B26: a continuation without a start", { opcode: 0 }],
  ] as [string, FrameOptions][])("%s closes with 1002", async (_name, options) => {
    expect(await closeCodeAfter(wsFrame(ping, options))).toBe(1002);
  });

  it("B24: a ping of 126 bytes closes with 1002", async () => {
    expect(await closeCodeAfter(wsFrame("x".repeat(126), { opcode: 9 }))).toBe(1002);
  });

  it("B25: a ping of 125 bytes gets its pong and changes nothing", async () => {
    using socket = await RawWebSocket.open(gateway.port);
    socket.write(wsFrame("x".repeat(125), { opcode: 9 }), wsFrame(ping));
    await eventually(() => socket.frames.length >= 3, "a pong and an ack");
    expect(socket.frames.slice(1).map(({ opcode, payload }) => [opcode, payload.length])).toEqual([
      [10, 125],
      [1, 23],
    ]);
  });

  it("B26: a new text inside fragments closes with 1002", async () => {
    expect(await closeCodeAfter(wsFrame("a", { fin: false }), wsFrame("b"))).toBe(1002);
  });

  it.each([
    ["overlong", [0xc0, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["truncated", [0xf0, 0x9f, 0x98]],
  ])("B27 CLOSE-1: invalid UTF-8 (%s) closes with 1007", async (_name, bytes) => {
    expect(await closeCodeAfter(wsFrame(Uint8Array.from(bytes)))).toBe(1007);
  });

  it("B28: valid UTF-8 split over fragments is accepted", async () => {
    const bytes = Buffer.from('{"type":"ping","id":"😀"}');
    const cut = bytes.indexOf(0xf0) + 2;
    using socket = await RawWebSocket.open(gateway.port);
    socket.write(wsFrame(bytes.subarray(0, cut), { fin: false }), wsFrame(bytes.subarray(cut), { opcode: 0 }));
    await eventually(() => socket.frames.length >= 2, "an ack");
    expect(JSON.parse(String(socket.frames[1]?.payload))).toEqual({ type: "ack", id: "😀" });
  });

  it("B29 CLOSE-1: 64 KiB are taken, one byte more closes with 1009", async () => {
    const padded = (size: number): string => ping.replace("}", `,"x":"${"x".repeat(size - ping.length - 7)}"}`);
    expect(padded(65_536)).toHaveLength(65_536);
    const viewer = await gateway.connect();
    viewer.write(padded(65_536));
    expect(await viewer.reply("p")).toMatchObject({ type: "ack" });
    expect(await closeCodeAfter(wsFrame(padded(65_537)))).toBe(1009);
  });

  it("B30: a length of 2^40, or with the top bit, closes with 1009 before anything of it came", async () => {
    expect(await closeCodeAfter(wsFrame("", { length: 1n << 40n }))).toBe(1009);
    expect(await closeCodeAfter(wsFrame("", { length: 1n << 63n }))).toBe(1009);
  });

  it("B31: 64 fragments are taken", async () => {
    using socket = await RawWebSocket.open(gateway.port);
    socket.write(...fragments(64, ping));
    await eventually(() => socket.frames.length >= 2, "an ack");
    expect(JSON.parse(String(socket.frames[1]?.payload))).toEqual({ type: "ack", id: "p" });
  });

  it.each([
    ["65 that make a command", 65, ping],
    ["70 empty ones", 70, ""],
  ])("B31: more fragments, %s, close with 1008", async (_name, count, text) => {
    expect(await closeCodeAfter(...fragments(count, text))).toBe(1008);
  });

  it("B32: a close frame that is wrong is answered with 1002 or 1007", async () => {
    const close = (...bytes: number[]): Promise<number | null> =>
      closeCodeAfter(wsFrame(Uint8Array.from(bytes), { opcode: 8 }));
    expect(await close(3)).toBe(1002);
    for (const code of [999, 1004, 1005, 5000]) expect(await close(code >> 8, code & 255)).toBe(1002);
    expect(await close(3, 232, 0xc0, 0x80)).toBe(1007);
  });

  it("B33 CLOSE-1: a binary frame closes with 1003", async () => {
    expect(await closeCodeAfter(wsFrame(ping, { opcode: 2 }))).toBe(1003);
  });

  it("B34: HTTP bytes after the upgrade close with 1002", async () => {
    expect(await closeCodeAfter(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))).toBe(1002);
  });

  it("B35 T8: somebody who pings and reads no pong is ended, and nobody else", async () => {
    using socket = await RawWebSocket.open(gateway.port);
    socket.raw.socket.pause();
    let open = true;
    void socket.raw.closed.then(() => {
      open = false;
    });
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => wsFrame("x".repeat(125), { opcode: 9 })));
    // The system's buffers take the first of them; then at most 60 pongs wait.
    for (let round = 0; round < 200 && open; round++) {
      socket.raw.write(pings);
      await new Promise((sent) => setImmediate(sent));
    }
    // By the pings alone: it has read nothing, and no beat has come.
    await within(socket.raw.closed, "the end of the socket");
    const other = await gateway.connect();
    expect(await other.command({ type: "ping" })).toMatchObject({ type: "ack" });
    expect(socket.frames.filter(({ opcode }) => opcode === 10).length).toBeLessThan(200_000);
  });

  it("B36 T8: nothing is ever compressed, whatever is offered: a compressed frame closes with 1002", async () => {
    using offering = new RawSocket(gateway.port);
    offering.write(upgrade(gateway.port, { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" }));
    await eventually(() => offering.text.includes("welcome"), "welcome");
    expect(offering.text).not.toMatch(/sec-websocket-extensions/i);
    const bomb = deflateRawSync(Buffer.alloc(10 * 1024 * 1024, "x"));
    expect(await closeCodeAfter(wsFrame(bomb, { rsv: 4 }))).toBe(1002);
    expect(await closeCodeAfter(wsFrame("garbage", { rsv: 4 }))).toBe(1002);
  });

  it("B38: half a frame's header, then silence, is closed with 4003", async () => {
    await using quick = await GatewayUnderTest.start({ limits: { heartbeat_ms: 50 } });
    using socket = await RawWebSocket.open(quick.port);
    socket.write(Uint8Array.from([0x81]));
    expect(await socket.closeCode()).toBe(4003);
  });
});
