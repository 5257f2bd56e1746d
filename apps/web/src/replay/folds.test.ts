import { type Event, emptyView, fold } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { call, delta, log, result, sessionStart, start, step } from "../session/testing-events.ts";
import { APART, Folds } from "./folds.ts";

const pieces = Array.from({ length: 3 * APART }, (_, index) => delta(index, "x"));
const events: Event[] = log([sessionStart(), step(1), call("a"), start("a"), result("a"), ...pieces]);

describe("Folds", () => {
  it("tells the fold of any prefix, forwards, backwards and again", () => {
    const folds = new Folds(events);
    for (const count of [3, 700, 699, APART, APART + 1, APART - 1, 0, events.length, 5, events.length]) {
      expect(folds.at(count)).toEqual(fold(emptyView(), events.slice(0, count)));
    }
    expect(folds.at(10_000)).toBe(folds.at(events.length));
    expect(folds.at(-1).seq).toBe(0);
  });

  it("folds at most one stretch again when it goes back", () => {
    let read = 0;
    const counted = new Proxy(events, {
      get(target, name) {
        if (typeof name === "string" && /^\d+$/.test(name)) read += 1;
        return Reflect.get(target, name) as unknown;
      },
    });
    const folds = new Folds(counted);
    folds.at(events.length);
    read = 0;
    folds.at(2 * APART + 10);
    expect(read).toBe(10);
  });

  it("goes forward from where it is", () => {
    const folds = new Folds(events);
    const before = folds.at(100);
    expect(folds.at(101).turns[0]!.items[1]).toBe(before.turns[0]!.items[1]);
  });
});
