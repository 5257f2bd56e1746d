import { describe, expect, it } from "vitest";
import { type Body, call, delta, done, result, sessionStart, start, step, viewOf } from "../session/testing-events.ts";
import { bandsOf, barsOf } from "./timeline.ts";

const AT = 1_700_000_000_000;
const at = (seconds: number, body: Body): Body => ({ ...body, ts: AT + seconds * 1_000 });
const thinking: Body = { type: "thinking", block_id: "t", offset: 0, content: "hm" };
const bands = (...bodies: Body[]) => bandsOf(viewOf(...bodies).turns[0]!);
const bars = (...bodies: Body[]) => {
  const row = bands(sessionStart(), at(0, step(1)), ...bodies)[0]!.rows[0]!;
  return barsOf(row.item, row.asked, AT).map(({ kind, from, to }) => [kind, from, to]);
};

describe("bandsOf", () => {
  it("puts rows into their step in the order of the log, keyed by tool_call_id", () => {
    const [one, two] = bands(
      sessionStart(),
      at(0.5, step(1)),
      at(1, thinking),
      at(5, call("a")),
      at(5, call("b")),
      at(6, step(2)),
      at(7, delta(0, "text")),
      at(9, done()),
    );
    expect(one).toMatchObject({ step: 1, from: 0.5, to: 6 });
    expect(one!.rows.map((row) => [row.key, row.bracket])).toEqual([
      ["thinking 3", null],
      ["a", "first"],
      ["b", "last"],
    ]);
    expect(two).toMatchObject({ step: 2, from: 6, to: 9, rows: [{ key: "text 7" }] });
  });

  it("puts calls inside a call under it, and takes one call with those for no group", () => {
    const inside = (id: string, parent: string): Body => ({ ...call(id), parent_tool_call_id: parent }) as Body;
    const rows = (...bodies: Body[]) =>
      bands(sessionStart(), at(0, step(1)), ...bodies)[0]!.rows.map((row) => [row.key, row.inner, row.bracket]);
    expect(rows(call("a"), inside("x", "a"))).toEqual([
      ["a", false, null],
      ["x", true, null],
    ]);
    expect(rows(call("a"), call("b"), inside("x", "a"), inside("y", "b"), inside("z", "a"))).toEqual([
      ["a", false, "first"],
      ["x", true, "middle"],
      ["z", true, "middle"],
      ["b", false, "middle"],
      ["y", true, "last"],
    ]);
    expect(rows(inside("x", "gone"))).toEqual([["x", false, null]]);
  });

  it("leaves the last band open while the run is", () => {
    expect(bands(sessionStart(), at(0, step(1)))[0]!.to).toBeNull();
  });
});

describe("barsOf", () => {
  const preparing: Body = { type: "tool_call_delta", tool_call_id: "a", tool_name: "bash", offset: 0, content: "{" };
  it("draws a call from its first argument to its end", () => {
    expect(bars(at(1, preparing))).toEqual([["preparing", 1, null]]);
    expect(bars(at(1, preparing), at(2, call("a")))).toEqual([
      ["preparing", 1, 2],
      ["slot", 2, null],
    ]);
    expect(bars(at(1, preparing), at(2, call("a")), at(3, start("a")))).toEqual([
      ["preparing", 1, 2],
      ["slot", 2, 3],
      ["running", 3, null],
    ]);
    expect(bars(at(2, call("a")), at(2, start("a")), at(4, result("a", "failed")))).toEqual([["failed", 2, 4]]);
    expect(bars(at(2, call("a")), at(4, result("a", "cancelled")))).toEqual([
      ["slot", 2, 4],
      ["cancelled", 4, 4],
    ]);
  });

  it("draws the wait before another attempt", () => {
    const retry: Body = {
      type: "retry",
      retry_attempt: 1,
      retry_max_attempts: 3,
      content: "",
      delay_ms: 2_500,
      discard_from: 3,
    };
    expect(bars(at(1, retry))).toEqual([["retry", 1, 3.5]]);
  });

  it("marks the time a person was asked", () => {
    const ask: Body = {
      type: "interaction_request",
      request_id: "r",
      interaction_kind: "confirm",
      content: "?",
      options: [],
      tool_call_id: "a",
    };
    const answer: Body = { type: "user_input_received", request_id: "r", answer: "allow", by: "local" };
    expect(bars(at(1, call("a")), at(1, ask))).toEqual([["asks", 1, null]]);
    expect(bars(at(1, call("a")), at(1, ask), at(5, answer), at(5, start("a")))).toEqual([
      ["asks", 1, 5],
      ["running", 5, null],
    ]);
  });

  it("marks the time a running call asked something, each time", () => {
    const asks = (id: string): Body => ({
      type: "interaction_request",
      request_id: id,
      interaction_kind: "question",
      content: "?",
      options: [],
      tool_call_id: "a",
    });
    const answers = (id: string): Body => ({ type: "user_input_received", request_id: id, answer: "x", by: "local" });
    const begun = [at(1, call("a")), at(1, start("a")), at(2, asks("one"))];
    expect(bars(...begun)).toEqual([
      ["running", 1, 2],
      ["asks", 2, null],
    ]);
    expect(
      bars(...begun, at(4, answers("one")), at(5, asks("two")), at(7, answers("two")), at(8, result("a"))),
    ).toEqual([
      ["completed", 1, 2],
      ["asks", 2, 4],
      ["completed", 4, 5],
      ["asks", 5, 7],
      ["completed", 7, 8],
    ]);
  });

  it("gives a limit that is asked about a row of its own", () => {
    const ask: Body = {
      type: "interaction_request",
      request_id: "breaker-1",
      interaction_kind: "confirm",
      content: "?",
      options: ["continue", "end"],
    };
    const answer: Body = { type: "user_input_received", request_id: "breaker-1", answer: "continue", by: "local" };
    expect(bars(at(3, ask))).toEqual([["asks", 3, null]]);
    expect(bars(at(3, ask), at(9, answer))).toEqual([["asks", 3, 9]]);
  });

  it("draws words until they end", () => {
    expect(bars(at(1, thinking))).toEqual([["think", 1, null]]);
    expect(bars(at(1, thinking), at(5, call("a")))).toEqual([["think", 1, 5]]);
  });
});
