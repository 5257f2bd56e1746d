import { describe, expect, it } from "vitest";
import { type Body, delta, log, result, sessionStart, step } from "../session/testing-events.ts";
import { eventKind, eventSummary, voidedBy } from "./event-summary.ts";

const retry: Body = {
  type: "retry",
  retry_attempt: 1,
  retry_max_attempts: 3,
  content: "",
  delay_ms: 0,
  discard_from: 3,
};

describe("events", () => {
  it("are summed up in the protocol's words", () => {
    expect(log([sessionStart(), step(2), delta(0, "abc"), retry, result("a", "failed")]).map(eventSummary)).toEqual([
      "demo",
      "2 / 50 · 4,328",
      "3 chars",
      "1 / 3 · void from 3",
      "bash · failed",
    ]);
  });

  it("say what a person said, how it was sent, and with which files", () => {
    const said = (content: string, rest: object = {}) =>
      eventSummary({ type: "user_message", message_id: "m", content, mode: "queue", ...rest } as never);
    expect(said("  How many files?\n")).toBe("How many files?");
    expect(said("Only these", { mode: "steer" })).toBe("steer · Only these");
    expect(said("", { attachments: [{ name: "a.png" }] })).toBe("a.png");
    expect(said("x".repeat(200))).toHaveLength(80);
  });

  it("are void from discard_from up to their retry, and only in that run", () => {
    const events = log([sessionStart(), step(1), delta(0, "gone"), retry, delta(0, "kept"), result("a", "failed")]);
    const voided = voidedBy(events);
    expect(events.map((event) => eventKind(event, voided))).toEqual([
      "plain",
      "plain",
      "void",
      "plain",
      "plain",
      "bad",
    ]);
    expect(eventKind({ ...events[2]!, run_id: "other" } as never, voided)).toBe("plain");
  });
});
