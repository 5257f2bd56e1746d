import { describe, expect, it } from "vitest";
import type { Event } from "./events/events.ts";
import type { Delta } from "./events/kinds.ts";
import { LIMITS } from "./limits.ts";
import { blockOf, fromOf, merge, settle } from "./merge.ts";

const envelope = { v: 1, session_id: "s1", run_id: "r1" } as const;

function text(seq: number, offset: number, content: string, more: Partial<Delta> = {}): Delta {
  return { ...envelope, type: "text_delta", block_id: "b1", seq, ts: 1000 + seq, offset, content, ...more } as Delta;
}

const other = (seq: number, fields: object): Event => ({ ...envelope, seq, ts: 1000 + seq, ...fields }) as Event;

describe("merge", () => {
  it("MERGE-2: covers both, at the offset and time of the first", () => {
    expect(merge(text(7, 3, "abc"), text(8, 6, "de"))).toEqual({ ...text(8, 3, "abcde"), from: 7, ts: 1007 });
    const wide = { ...text(9, 3, "abcde"), from: 7 };
    expect(merge(text(6, 0, "xyz"), wide)).toEqual({ ...text(9, 0, "xyzabcde"), from: 6, ts: 1006 });
  });

  it("MERGE-2: changes neither of the two", () => {
    const [a, b] = [Object.freeze(text(7, 0, "a")), Object.freeze(text(8, 1, "b"))];
    expect(merge(a, b)).toMatchObject({ content: "ab" });
  });

  it.each<[string, Event, Event]>([
    ["another block", text(1, 0, "a"), text(2, 1, "b", { block_id: "b2" } as Partial<Delta>)],
    ["another type", text(1, 0, "a"), text(2, 1, "b", { type: "thinking" } as Partial<Delta>)],
    ["another run", text(1, 0, "a"), text(2, 1, "b", { run_id: "r2" })],
    ["another session", text(1, 0, "a"), text(2, 1, "b", { session_id: "s2" })],
    ["a hole in seq", text(1, 0, "a"), text(3, 1, "b")],
    ["the wrong order", text(2, 1, "b"), text(1, 0, "a")],
    ["the same event twice", text(1, 0, "a"), text(1, 0, "a")],
    ["an overlap in seq", { ...text(3, 0, "ab"), from: 1 }, { ...text(4, 2, "c"), from: 3 }],
    ["a hole in offset", text(1, 0, "a"), text(2, 2, "b")],
    ["an overlap in offset", text(1, 0, "ab"), text(2, 1, "c")],
    ["an event that is no delta", text(1, 0, "a"), other(2, { type: "tool_start", tool_call_id: "b1" })],
    [
      "another tool call",
      other(1, { type: "tool_output_delta", tool_call_id: "c1", offset: 0, content: "a" }),
      other(2, { type: "tool_output_delta", tool_call_id: "c2", offset: 1, content: "b" }),
    ],
    [
      "the arguments and the output of one call",
      other(1, { type: "tool_call_delta", tool_call_id: "c1", tool_name: "t", offset: 0, content: "a" }),
      other(2, { type: "tool_output_delta", tool_call_id: "c1", offset: 1, content: "b" }),
    ],
  ])("MERGE-1, F93: does not join %s", (_, a, b) => {
    expect(merge(a, b)).toBeNull();
  });

  it("MERGE-3: joins up to the limit and not beyond", () => {
    const half = "x".repeat(LIMITS.settled_text / 2);
    expect(merge(text(1, 0, half), text(2, half.length, half))?.content).toHaveLength(LIMITS.settled_text);
    expect(merge(text(1, 0, half), text(2, half.length, `${half}y`))).toBeNull();
    expect(merge(text(1, 0, "ab"), text(2, 2, "c"), 2)).toBeNull();
    expect(merge(text(1, 0, "ab"), text(2, 2, "c"), 3)).not.toBeNull();
  });

  it("FOLD-7, F93: joins the halves of a surrogate pair", () => {
    const [high = "", low = ""] = "😀".split("");
    expect(merge(text(1, 0, high), text(2, 1, low))?.content).toBe("😀");
  });

  it("DELTA-1: counts offsets in UTF-16 code units, not in characters or bytes", () => {
    expect(merge(text(1, 0, "😀é"), text(2, 3, "!"))).not.toBeNull();
    expect(merge(text(1, 0, "😀é"), text(2, 2, "!"))).toBeNull();
    expect(merge(text(1, 0, "😀é"), text(2, 6, "!"))).toBeNull();
  });

  it("EVENT-3: an event without from covers its seq alone", () => {
    expect([fromOf({ seq: 5 }), fromOf({ seq: 5, from: 2 })]).toEqual([5, 2]);
  });

  it("tells blocks by block_id or tool_call_id", () => {
    expect([blockOf(text(1, 0, "a")), blockOf({ type: "tool_output_delta", tool_call_id: "c1" })]).toEqual([
      "b1",
      "c1",
    ]);
  });
});

describe("settle", () => {
  const shape = (events: readonly Event[]): unknown[] =>
    events.map((event) => [event.type, fromOf(event), event.seq, "content" in event ? event.content : ""]);

  it("MERGE-1: joins every neighbour and leaves other events as they are", () => {
    const start = other(4, { type: "step", step: 2, max_steps: 5, tokens: 1, token_limit: 9 });
    const log = [
      text(1, 0, "a"),
      text(2, 1, "b"),
      text(3, 2, "c"),
      start,
      text(5, 0, "d", { block_id: "b2" } as Partial<Delta>),
    ];
    const settled = settle(log);
    expect(shape(settled)).toEqual([
      ["text_delta", 1, 3, "abc"],
      ["step", 4, 4, ""],
      ["text_delta", 5, 5, "d"],
    ]);
    expect(settled[1]).toBe(start);
    expect(settled[2]).toBe(log[4]);
  });

  it("MERGE-1, F93: joins nothing across another event, of the session or of another block", () => {
    const message = other(2, {
      type: "user_message",
      run_id: undefined,
      message_id: "m",
      content: "hi",
      mode: "steer",
    });
    expect(shape(settle([text(1, 0, "a"), message, text(3, 1, "b")]))).toHaveLength(3);
    const print = (seq: number, id: string, offset: number): Event =>
      other(seq, { type: "tool_output_delta", tool_call_id: id, offset, content: "x" });
    const parallel = [print(1, "c1", 0), print(2, "c2", 0), print(3, "c1", 1), print(4, "c1", 2), print(5, "c2", 1)];
    expect(settle(parallel).map(fromOf)).toEqual([1, 2, 3, 5]);
  });

  it("MERGE-1, F93: joins nothing across a retry, though block and offset would fit", () => {
    const retry = other(2, {
      type: "retry",
      discard_from: 1,
      retry_attempt: 1,
      retry_max_attempts: 2,
      content: "",
      delay_ms: 0,
    });
    expect(settle([text(1, 0, ""), retry, text(3, 0, "a"), text(4, 1, "b")]).map(fromOf)).toEqual([1, 2, 3]);
  });

  it.each([
    [0, ["aa", "bbb", "c", "dd"]],
    [3, ["aa", "bbb", "cdd"]],
    [4, ["aa", "bbbc", "dd"]],
    [5, ["aabbb", "cdd"]],
    [8, ["aabbbcdd"]],
  ])("MERGE-3: makes no piece above %i code units", (limit, pieces) => {
    const log = [text(1, 0, "aa"), text(2, 2, "bbb"), text(3, 5, "c"), text(4, 6, "dd")];
    expect(settle(log, limit).map((event) => "content" in event && event.content)).toEqual(pieces);
  });

  it("MERGE-3: leaves a single delta longer than the limit alone", () => {
    const long = text(2, 1, "x".repeat(20));
    const log = [text(1, 0, "a"), long, text(3, 21, "b")];
    expect(settle(log, 10)).toEqual(log);
    expect(settle(log, 10)[1]).toBe(long);
  });

  it("settles what is settled in part", () => {
    const log = [{ ...text(3, 0, "abc"), from: 1 }, text(4, 3, "d"), { ...text(6, 4, "ef"), from: 5 }];
    expect(shape(settle(log))).toEqual([["text_delta", 1, 6, "abcdef"]]);
    expect(settle([])).toEqual([]);
  });

  it("joins ten thousand pieces into one", () => {
    const log = Array.from({ length: 10_000 }, (_, index) => text(index + 1, index * 3, "abc"));
    expect(settle(log, Number.POSITIVE_INFINITY)[0]).toMatchObject({
      from: 1,
      seq: 10_000,
      content: "abc".repeat(10_000),
    });
  });
});
