import { describe, expect, it } from "vitest";
import { between, moved, windowOf, within, zoomed } from "./window.ts";

describe("the window", () => {
  it("follows with now at 95 percent and shows everything once ended", () => {
    expect(windowOf(19, true, true)).toEqual({ from: 0, to: 20 });
    expect(windowOf(1, true, true)).toEqual({ from: 0, to: 5 });
    const { from, to } = windowOf(157, true, true);
    expect((157 - from) / (to - from)).toBeCloseTo(0.95);
    expect(windowOf(190, true, false)).toEqual({ from: 0, to: 200 });
    expect(windowOf(190, false, true)).toEqual({ from: 0, to: 190 });
  });

  it("zooms around a point that stays where it is", () => {
    expect(zoomed({ from: 0, to: 100 }, 2, 25, 100)).toEqual({ from: 12.5, to: 62.5 });
    expect(zoomed({ from: 12.5, to: 62.5 }, 0.5, 25, 100)).toEqual({ from: 0, to: 100 });
  });

  it("comes no closer than can be seen and goes no further than there is", () => {
    const near = zoomed({ from: 0, to: 1 }, 1e6, 0.5, 100);
    expect(near.to - near.from).toBeCloseTo(0.1);
    expect(zoomed({ from: 20, to: 40 }, 1e-6, 30, 100)).toEqual({ from: 0, to: 100 });
    expect(zoomed({ from: 0, to: 0.05 }, 2, 0, 0.05)).toEqual({ from: 0, to: 0.05 });
  });

  it("moves without changing its length, and not out of sight", () => {
    expect(moved({ from: 10, to: 30 }, 5, 100)).toEqual({ from: 15, to: 35 });
    expect(moved({ from: 10, to: 30 }, -50, 100)).toEqual({ from: 0, to: 20 });
    expect(moved({ from: 10, to: 30 }, 500, 100)).toEqual({ from: 80, to: 100 });
    expect(within({ from: -10, to: 300 }, 100)).toEqual({ from: 0, to: 100 });
  });

  it("is drawn from either side", () => {
    expect(between(30, 10, 100)).toEqual({ from: 10, to: 30 });
    expect(between(10, 10, 100).to).toBeCloseTo(10.1);
  });
});
