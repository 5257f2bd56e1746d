import type { SessionSummary } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { missedAfter, NOTHING_MISSED } from "./missed.ts";

const session = (session_id: string, status: SessionSummary["status"]): SessionSummary => ({
  session_id,
  status,
  title: session_id,
  model: null,
  created_at: 0,
  updated_at: 0,
  head: 1,
});

describe("missedAfter", () => {
  it("counts a session once, whatever happens in it: a question, then its end", () => {
    const runs = [session("a", "running"), session("b", "running")];
    const asks = [session("a", "waiting"), session("b", "running")];
    const first = missedAfter(NOTHING_MISSED, runs, asks);
    expect([...first]).toEqual(["a"]);
    expect([...missedAfter(first, asks, [session("a", "failed"), session("b", "idle")])]).toEqual(["a", "b"]);
  });

  it("forgets a question that was answered elsewhere, until that run ends, and what was deleted", () => {
    const asks = [session("a", "waiting")];
    const missed = missedAfter(NOTHING_MISSED, [session("a", "running")], asks);
    const goesOn = missedAfter(missed, asks, [session("a", "running")]);
    expect(goesOn.size).toBe(0);
    expect(missedAfter(goesOn, [session("a", "running")], [session("a", "idle")]).size).toBe(1);
    expect(missedAfter(missed, asks, []).size).toBe(0);
  });

  it("is the same set where nothing changed, and does not count what was never seen to run", () => {
    const missed = missedAfter(NOTHING_MISSED, [session("a", "running")], [session("a", "idle")]);
    expect(missedAfter(missed, [session("a", "idle")], [session("a", "idle"), session("b", "idle")])).toBe(missed);
  });
});
