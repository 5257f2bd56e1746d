import { describe, expect, it } from "vitest";
import { EventLines } from "./event-lines.ts";
import { FrameReader, frameBytes, PING, TEXT } from "./socket-frames.ts";

const texts = ["", "a", "😀".repeat(40), "x".repeat(126), "y".repeat(65_535), "z".repeat(65_536)];

describe("frames of a WebSocket", () => {
  it.each([false, true])("come whole however the bytes are cut (masked: %s)", (masked) => {
    const whole = Buffer.concat(texts.map((text) => frameBytes({ opcode: TEXT, payload: Buffer.from(text) }, masked)));
    for (const size of [1_000, 4_093, whole.length]) {
      const reader = new FrameReader();
      const read: string[] = [];
      for (let at = 0; at < whole.length; at += size)
        for (const { payload } of reader.read(whole.subarray(at, at + size))) read.push(payload.toString());
      expect(read).toEqual(texts);
    }
  });

  it("joins fragments, also around a ping", () => {
    const part = (first: number, text: string): Buffer =>
      Buffer.concat([Buffer.from([first, text.length]), Buffer.from(text)]);
    const ping = frameBytes({ opcode: PING, payload: Buffer.alloc(0) }, false);
    const read = new FrameReader().read(Buffer.concat([part(0x01, "ab"), ping, part(0x00, "c"), part(0x80, "d")]));
    expect(read.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
      [PING, ""],
      [TEXT, "abcd"],
    ]);
  });
});

describe("messages of an event stream", () => {
  const stream = 'id: e.1\ndata: {"a":"😀"}\n\n: still here\n\nevent: reset\ndata: {}\n\nid: e.2\nda';

  it("come whole however the bytes are cut, and never the last half", () => {
    const bytes = Buffer.from(stream);
    for (const size of [1, 5, bytes.length]) {
      const lines = new EventLines();
      const read = [];
      for (let at = 0; at < bytes.length; at += size) read.push(...lines.read(bytes.subarray(at, at + size)));
      expect(read).toEqual([
        { event: "", id: "e.1", data: '{"a":"😀"}' },
        { event: "reset", id: "", data: "{}" },
      ]);
    }
  });
});
