import { describe, expect, it } from "vitest";
import { type Body, call, delta, done, result, sessionStart, start, step, viewOf } from "../session/testing-events.ts";
import { LONGEST_WAIT, scaleOf, ticksOf, type Wait, waitsOf } from "./scale.ts";
import { bandsOf } from "./timeline.ts";

const AT = 1_700_000_000_000;
const at = (seconds: number, body: Body): Body => ({ ...body, ts: AT + seconds * 1_000 });
const ask = (id: string, tool_call_id: string): Body => ({
  type: "interaction_request",
  request_id: id,
  interaction_kind: "confirm",
  content: "?",
  options: [],
  tool_call_id,
});
const answer = (id: string): Body => ({ type: "user_input_received", request_id: id, answer: "allow", by: "local" });
const waits = (...bodies: Body[]) =>
  waitsOf(bandsOf(viewOf(at(0, sessionStart()), at(0, step(1)), ...bodies).turns[0]!), AT);

describe("waitsOf", () => {
  const asked = [at(2, call("a")), at(2, ask("q", "a"))];
  it("are stretches of waiting that are too long to draw", () => {
    expect(waits(...asked, at(12, answer("q")), at(12, start("a")))).toEqual([]);
    expect(waits(...asked, at(62, answer("q")), at(62, start("a")), at(70, result("a")), at(70, done()))).toEqual([
      { from: 2, to: 62 },
    ]);
    expect(waits(...asked)).toEqual([{ from: 2, to: Number.POSITIVE_INFINITY }]);
  });

  it("join where one waits for a person, then for a slot", () => {
    expect(waits(...asked, at(10, answer("q")), at(20, start("a")), at(21, result("a")))).toEqual([
      { from: 2, to: 20 },
    ]);
  });

  it("are none while something works beside them", () => {
    const beside = [at(2, call("b")), at(2, start("b"))];
    expect(waits(...asked, ...beside, at(40, result("b")), at(45, answer("q")), at(45, start("a")))).toEqual([]);
    expect(waits(...asked, ...beside, at(10, result("b")), at(45, answer("q")), at(45, start("a")))).toEqual([
      { from: 10, to: 45 },
    ]);
    expect(waits(...asked, ...beside)).toEqual([]);
  });

  it("count the delay before another attempt", () => {
    const retry: Body = {
      type: "retry",
      retry_attempt: 1,
      retry_max_attempts: 3,
      content: "",
      delay_ms: 30_000,
      discard_from: 3,
    };
    expect(waits(at(1, retry), at(31, delta(0, "x")), at(32, done()))).toEqual([{ from: 1, to: 31 }]);
  });
});

describe("scaleOf", () => {
  it("draws a long wait as ten seconds, cut in its middle, and moves what follows", () => {
    const { at: drawn, cuts } = scaleOf([{ from: 2, to: 62 }]);
    expect([0, 2, 7, 30, 57, 62, 70].map(drawn)).toEqual([0, 2, 7, 7, 7, 12, 20]);
    expect(cuts(70)).toEqual([7]);
  });

  it("adds up over several", () => {
    const { at: drawn, cuts } = scaleOf([
      { from: 0, to: 20 },
      { from: 30, to: 130 },
    ]);
    expect([20, 30, 130, 131].map(drawn)).toEqual([10, 20, 30, 31]);
    expect(cuts(131)).toEqual([5, 25]);
  });

  it("stands still in a wait that lasts, and does not jump when it ends", () => {
    const lasting = scaleOf([{ from: 2, to: Number.POSITIVE_INFINITY }]);
    expect([5, 12, 13, 100].map(lasting.at)).toEqual([5, 12, 12, 12]);
    expect([lasting.cuts(11.9), lasting.cuts(13)]).toEqual([[], [7]]);
    expect(scaleOf([{ from: 2, to: 100 }]).at(100)).toBe(12);
  });

  it("never goes back", () => {
    const { at: drawn } = scaleOf([
      { from: 1.5, to: 14 },
      { from: 14.5, to: 400 },
    ]);
    for (let seconds = 0; seconds < 500; seconds += 0.7)
      expect(drawn(seconds + 0.7)).toBeGreaterThanOrEqual(drawn(seconds));
  });
});

describe("ticksOf", () => {
  const seconds = (waitsThen: readonly Wait[], from: number, to: number) =>
    ticksOf(scaleOf(waitsThen), from, to).map((tick) => tick.seconds);

  it("gives at most five, in steps of 1, 2 or 5", () => {
    expect(seconds([], 0, 35)).toEqual([0, 10, 20, 30]);
    expect(seconds([], 0, 5)).toEqual([0, 2, 4]);
    expect(seconds([], 0, 0.4)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
    expect(seconds([], 43, 103)).toEqual([60, 80, 100]);
    expect(seconds([], 0, 0)).toEqual([0]);
    for (let length = 0.1; length < 10_000; length *= 1.13) {
      expect(seconds([], 0, length).length).toBeLessThanOrEqual(5);
      expect(seconds([], 0, length).length).toBeGreaterThanOrEqual(2);
    }
  });

  it("names true seconds, none of them in what is cut, where they are drawn", () => {
    const scale = scaleOf([{ from: 2, to: 62 }]);
    const found = ticksOf(scale, 0, 20);
    expect(found).toEqual([
      { seconds: 0, at: 0 },
      { seconds: 5, at: 5 },
      { seconds: 60, at: 10 },
      { seconds: 65, at: 15 },
      { seconds: 70, at: 20 },
    ]);
    for (const tick of found) expect(scale.at(tick.seconds)).toBe(tick.at);
    expect(LONGEST_WAIT).toBe(10);
  });

  it("sees only the window", () => {
    expect(seconds([{ from: 2, to: 62 }], 11, 16)).toEqual([62, 64, 66]);
  });
});
