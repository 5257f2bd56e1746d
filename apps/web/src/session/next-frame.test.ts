import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextFrame, nowAndThen } from "./next-frame.ts";

describe("nextFrame", () => {
  let frames: (() => void)[];
  beforeEach(() => {
    frames = [];
    vi.useFakeTimers();
    vi.stubGlobal("requestAnimationFrame", (callback: () => void) => frames.push(callback));
    vi.stubGlobal("cancelAnimationFrame", (id: number) => {
      frames[id - 1] = () => undefined;
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const paint = () => {
    for (const frame of frames.splice(0)) frame();
  };

  it("calls back at the next frame, once", () => {
    const run = vi.fn();
    nextFrame(run);
    paint();
    vi.advanceTimersByTime(10_000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("calls back on a timer where no frame comes, and then not at a late frame", () => {
    const run = vi.fn();
    nextFrame(run);
    vi.advanceTimersByTime(1_000);
    expect(run).toHaveBeenCalledTimes(1);
    paint();
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("does not call back once it is undone", () => {
    const run = vi.fn();
    nextFrame(run)();
    paint();
    vi.advanceTimersByTime(10_000);
    expect(run).not.toHaveBeenCalled();
  });

  it("now and then calls back on a timer alone, unless it is undone", () => {
    const run = vi.fn();
    nowAndThen(run);
    const undo = nowAndThen(run);
    undo();
    paint();
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
