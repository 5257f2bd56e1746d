import { describe, expect, it } from "vitest";
import { type Body, delta, sessionStart, step, viewOf } from "../session/testing-events.ts";
import { voidedBetween } from "./use-voided.ts";

const retry = (discard_from: number): Body => ({
  type: "retry",
  retry_attempt: 1,
  retry_max_attempts: 3,
  content: "",
  delay_ms: 500,
  discard_from,
});
const items = (...bodies: Body[]) => viewOf(sessionStart(), ...bodies).turns[0]!.items;

describe("voidedBetween", () => {
  const written = [step(1), delta(0, "Half an answ")];
  it("finds the words that a retry took, once", () => {
    const before = items(...written);
    const after = items(...written, retry(3));
    expect(voidedBetween(before, after)).toEqual({ seq: 4, text: "Half an answ" });
    expect(voidedBetween(after, after)).toBeNull();
    expect(voidedBetween(after, items(...written, retry(3), delta(0, "New", "b")))).toBeNull();
  });

  it("finds nothing where no words were lost", () => {
    expect(voidedBetween(items(step(1)), items(step(1), retry(3)))).toBeNull();
    const kept = [step(1), delta(0, "Kept"), step(2)];
    expect(voidedBetween(items(...kept), items(...kept, retry(5)))).toBeNull();
    expect(voidedBetween([], items(...written, retry(3)))).toBeNull();
  });
});
