import { describe, expect, it } from "vitest";
import { CUT_POINTS, type Cut, randomCuts, sweepingCuts } from "./cuts.ts";

const first = (cuts: Iterator<Cut>, count: number): Cut[] => Array.from({ length: count }, () => cuts.next().value);

describe("the cuts of a viewer", () => {
  it("are the same for the same seed, and others for another seed or viewer", () => {
    const once = first(randomCuts(42, "session 1 socket 1"), 50);
    expect(first(randomCuts(42, "session 1 socket 1"), 50)).toEqual(once);
    expect(first(randomCuts(43, "session 1 socket 1"), 50)).not.toEqual(once);
    expect(first(randomCuts(42, "session 1 socket 2"), 50)).not.toEqual(once);
  });

  it("reach each point once before any of them again", () => {
    const points = first(randomCuts(1, "a"), 2 * CUT_POINTS.length).map(({ point }) => point);
    expect(new Set(points.slice(0, CUT_POINTS.length))).toEqual(new Set(CUT_POINTS));
    expect(new Set(points.slice(CUT_POINTS.length))).toEqual(new Set(CUT_POINTS));
  });

  it("sweep: each boundary of the subscription, then after every single event", () => {
    const cuts = first(sweepingCuts(1, "a"), 203);
    expect(cuts.slice(0, 3).map(({ point }) => point)).toEqual(["greeted", "asked", "answered"]);
    expect(cuts.slice(3).every(({ point, frames }) => point === "frames" && frames === 1)).toBe(true);
  });
});
