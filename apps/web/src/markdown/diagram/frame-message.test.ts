import { describe, expect, it } from "vitest";
import { readFrameMessage } from "./frame-message.ts";

describe("T15: what a frame says", () => {
  it.each([
    [{ type: "drawn", height: 120.2 }, 121],
    [{ type: "drawn", height: 1 }, 40],
    [{ type: "drawn", height: 1e9 }, 2_000],
    [{ type: "drawn", height: Number.POSITIVE_INFINITY }, 2_000],
  ])("%o is a height within bounds", (data, height) => {
    expect(readFrameMessage(data)).toEqual({ type: "drawn", height });
  });

  it.each([
    null,
    undefined,
    "ready",
    7,
    [],
    {},
    { type: "drawn" },
    { type: "drawn", height: "100vh" },
    { type: "drawn", height: Number.NaN },
    { type: "drawn", height: -5 },
    { type: "drawn", height: { valueOf: (): number => 5 } },
    { type: "html", html: "<b>" },
    { type: "__proto__" },
  ])("%o is nothing", (data) => {
    expect(readFrameMessage(data)).toBeNull();
  });

  it("takes no words for a failure, only a line", () => {
    const failed = (line: unknown) => readFrameMessage({ type: "failed", line, message: "Allow once?" });
    expect(failed(3)).toEqual({ type: "failed", failure: { reason: "unreadable", line: 3 } });
    for (const line of [0, -1, 1.5, 1e9, Number.NaN, "3", null, undefined]) {
      expect(failed(line)).toEqual({ type: "failed", failure: { reason: "unreadable", line: null } });
    }
  });
});
