import { describe, expect, it } from "vitest";
import { EventStreamParser, OversizedEvent, type ServerEvent } from "./event-stream.ts";

function parsed(text: string, size = Number.POSITIVE_INFINITY): ServerEvent[] {
  const parser = new EventStreamParser();
  const bytes = new TextEncoder().encode(text);
  const events: ServerEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) events.push(...parser.push(bytes.slice(at, at + size)));
  return events;
}

describe("the event stream", () => {
  it("reads ids, names and data, and passes over comments and what it does not know", () => {
    const text = ': hi\n\nid: e.1\ndata: {"a":1}\n\nevent: reset\ndata:x\ndata: y\nretry: 5\n\ndata\n\n';
    expect(parsed(text)).toEqual([
      { id: "e.1", event: "", data: '{"a":1}' },
      { id: "", event: "reset", data: "x\ny" },
      { id: "", event: "", data: "" },
    ]);
  });

  it("F65: is exact however the bytes are cut, with LF, CRLF and CR", () => {
    const text = "id: e.1\ndata: 😀é\uFEFF中\n\ndata: b\n\n";
    for (const newline of ["\n", "\r\n", "\r"]) {
      const wire = `${text.replaceAll("\n", newline)}: end${newline}`;
      const whole = parsed(wire);
      expect(whole.map(({ data }) => data)).toEqual(["😀é\uFEFF中", "b"]);
      for (let size = 1; size < 8; size++) expect(parsed(wire, size), `${size} bytes`).toEqual(whole);
    }
  });

  it("tells no event before it is complete", () => {
    expect(parsed("data: half")).toEqual([]);
    expect(parsed("data: half\n")).toEqual([]);
  });

  it("does not keep a line, or an event, without end", () => {
    const parser = new EventStreamParser();
    const piece = new TextEncoder().encode("x".repeat(1024 * 1024));
    const flood = (bytes: Uint8Array): void => {
      for (let count = 0; count < 10; count++) parser.push(bytes);
    };
    expect(() => flood(piece)).toThrow(OversizedEvent);
    const lines = new EventStreamParser();
    const line = new TextEncoder().encode(`data: ${"x".repeat(1024 * 1024)}\n`);
    expect(() => {
      for (let count = 0; count < 10; count++) lines.push(line);
    }).toThrow(OversizedEvent);
  });
});
