import { emptyView, fold, settle } from "@millrace/protocol";
import { sessionLog } from "@millrace/protocol/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { call, delta, done, log, result, sessionStart, start, step } from "../session/testing-events.ts";
import { FILE_BYTES, type FileError, type LogFile, readLogFile } from "./read-log-file.ts";

const pause = () => Promise.resolve();
const events = log([sessionStart(), step(1), delta(0, "Héllo 😀"), call("a"), start("a"), result("a"), done()]);
const header = { millrace_export: 1, session_id: "session", epoch: "e", title: "Counting", model: null, head: 7 };

/** Bytes in chunks that fall in the middle of letters and lines. */
function file(bytes: Uint8Array, chunk = 7, size = bytes.length): LogFile {
  return {
    size,
    stream: () =>
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += chunk) controller.enqueue(bytes.slice(at, at + chunk));
          controller.close();
        },
      }),
  };
}
const text = (...lines: unknown[]) =>
  new TextEncoder().encode(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
const read = (...lines: unknown[]) => readLogFile(file(text(...lines)), pause);
const problem = (...lines: unknown[]) =>
  read(...lines).then(
    () => null,
    (error: unknown) => (error as FileError).problem,
  );

describe("a log file", () => {
  it("is an export, or bare events, with or without a last line break", async () => {
    expect(await read(header, ...events, "")).toEqual({ events, title: "Counting" });
    expect(await read(...events)).toEqual({ events, title: null });
    expect(await read(...events.slice(3), "", "")).toEqual({ events: events.slice(3), title: null });
  });

  it("is read back as it was written, whatever was said in it", async () => {
    await fc.assert(
      fc.asyncProperty(sessionLog(), fc.integer({ min: 1, max: 900 }), async (written, chunk) => {
        fc.pre(written.length > 0);
        const stored = settle(written);
        const source = await readLogFile(file(text(...stored), chunk), pause);
        expect(fold(emptyView(), source.events)).toEqual(fold(emptyView(), stored));
      }),
      { numRuns: 40 },
    );
  });

  it("EVENT-2: keeps events of a type that is not known, and fields are no trouble", async () => {
    const future = { ...events[1], seq: 8, type: "hologram", extra: { deep: [1] } };
    const source = await read(...events, future);
    expect(source.events.at(-1)).toMatchObject({ type: "hologram", seq: 8 });
    expect(fold(emptyView(), source.events).seq).toBe(8);
  });

  it("T15: names the line that is wrong, and why", async () => {
    expect(await problem(...events.slice(0, 2), "{not json")).toEqual({ why: "not_json", line: 3 });
    expect(await problem(events[0], { ...events[1], step: "<img src=x onerror=alert(1)>" })).toEqual({
      why: "field_wrong",
      line: 2,
      field: "step",
    });
    expect(await problem(events[0], { ...events[1], ts: undefined })).toEqual({
      why: "field_missing",
      line: 2,
      field: "ts",
    });
    expect(await problem(events[0], events[2])).toEqual({ why: "out_of_order", line: 2, expected: 2 });
    expect(await problem(events[0], { ...events[1], session_id: "other" })).toEqual({ why: "other_session", line: 2 });
    expect(await problem(header, ...events.slice(0, 3))).toEqual({ why: "cut_off", line: 4, head: 7 });
    expect(await problem(header, header)).toEqual({ why: "field_missing", line: 2, field: "type" });
    expect(await problem("")).toEqual({ why: "empty" });
    expect(await problem({ ...header, head: 0 })).toEqual({ why: "empty" });
    for (const strange of ["null", "[]", "7", '"x"', "{}", '{"type":7}', '{"type":"__proto__"}'])
      expect(["not_event", "field_missing", "field_wrong"], strange).toContain((await problem(strange))?.why);
    expect(await problem({ ...events[0], from: 5 })).toMatchObject({ why: "out_of_order", line: 1 });
  });

  it("says which line is no text", async () => {
    const bytes = new Uint8Array([...text(events[0]), 10, 0xff, 0xfe, 10]);
    const failed = await readLogFile(file(bytes, 1), pause).catch((error: unknown) => error);
    expect((failed as FileError).problem).toEqual({ why: "not_utf8", line: 2 });
  });

  it("T31: has bounds, whatever it says about its size", async () => {
    const large = await readLogFile(file(new Uint8Array(0), 1, FILE_BYTES + 1), pause).catch((error: unknown) => error);
    expect((large as FileError).problem).toEqual({ why: "too_large" });
    const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(await problem(nested)).toEqual({ why: "too_deep", line: 1 });
    expect(
      await problem(events[0], {
        ...events[1],
        type: "text_delta",
        block_id: "b",
        offset: 0,
        content: "x".repeat(40_000),
      }),
    ).toEqual({ why: "too_long", line: 2 });
  });

  it("takes keys that are names of every object for what they are", async () => {
    const line = JSON.stringify({ ...call("b"), v: 1, session_id: "session", run_id: "run", seq: 8, ts: 1 }).replace(
      '"args":{"command":"ls"}',
      '"args":{"__proto__":{"polluted":true},"constructor":{"prototype":1}}',
    );
    await read(...events, line);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
