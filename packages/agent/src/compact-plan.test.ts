import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CompactLimits, planCompact } from "./compact-plan.ts";
import { sized } from "./testing/sized.ts";

const limits: CompactLimits = {
  run_start: 1_000_000,
  end: 1_000_000,
  tail: 300,
  whole: 500,
  worth: 50,
  refused: false,
};

describe("a plan to compact", () => {
  it("covers as little as makes the rest fit", () => {
    const messages = sized("u100", "a100", "u100", "a100", "u100", "a100", "u50");
    expect(planCompact(messages, { ...limits, run_start: 70 })).toEqual({ covered: 4, covers_to: 49 });
  });

  it("keeps the open run whole where it is not the long part", () => {
    const messages = sized("u100", "a400", "u50", "c150", "t200");
    expect(planCompact(messages, { ...limits, run_start: 30 })).toEqual({ covered: 2, covers_to: 29 });
  });

  it("CTX-1: cuts into an open run that is the long part, between two exchanges", () => {
    const messages = sized("u50", "c100", "t200", "c100", "t200", "c100", "t150");
    expect(planCompact(messages, { ...limits, run_start: 10 })).toEqual({ covered: 5, covers_to: 59 });
  });

  it("CTX-1: keeps the last exchange, however long it is", () => {
    const messages = sized("u50", "c100", "t200", "c100", "t900");
    expect(planCompact(messages, { ...limits, run_start: 10 })).toEqual({ covered: 3, covers_to: 39 });
  });

  it("covers the last exchange where an endpoint refused it, but not what joins the step", () => {
    const messages = sized("u50", "c100", "t900", "u10");
    const refused = { ...limits, run_start: 10, end: 40, refused: true };
    expect(planCompact(messages, refused)).toEqual({ covered: 3, covers_to: 39 });
    expect(planCompact(messages.slice(0, 3), refused)).toEqual({ covered: 3, covers_to: 39 });
  });

  it("keeps a question that no answer has followed yet, however long it is", () => {
    const refused = { ...limits, run_start: 30, end: 40, refused: true };
    expect(planCompact(sized("u100", "a400", "u2000"), refused)).toEqual({ covered: 2, covers_to: 29 });
  });

  it("gives nothing where a summary would save too little", () => {
    expect(planCompact(sized("u20", "a20", "u900"), { ...limits, run_start: 30 })).toBeNull();
  });

  it("gives nothing for a message that is too long by itself", () => {
    expect(planCompact(sized("u2000"), { ...limits, run_start: 10, refused: true })).toBeNull();
    expect(planCompact([], limits)).toBeNull();
  });

  it("does not summarise a summary again without anything new", () => {
    const messages = sized("s200", "c100", "t300");
    expect(planCompact(messages, { ...limits, run_start: 1 })).toBeNull();
  });

  it("summarises a summary together with what came since", () => {
    const messages = sized("s200", "c100", "t300", "c100", "t100");
    expect(planCompact(messages, { ...limits, run_start: 1 })).toEqual({ covered: 3, covers_to: 39 });
  });

  it("CTX-1: never cuts between a call and its result, and always leaves a message or covers everything", () => {
    const part = fc.tuple(fc.constantFrom("u", "a", "ct", "ctt"), fc.integer({ min: 1, max: 400 }));
    const conversation = fc
      .array(part, { maxLength: 12 })
      .map((parts) =>
        sized(
          "u10",
          ...parts.flatMap(([kinds, tokens]) => [...kinds].map((kind) => `${kind as "u"}${tokens}` as const)),
        ),
      );
    const any = fc.record({
      run_start: fc.integer({ min: 1, max: 300 }),
      end: fc.constant(1_000_000),
      tail: fc.integer({ min: 1, max: 500 }),
      whole: fc.integer({ min: 1, max: 800 }),
      worth: fc.integer({ min: 0, max: 300 }),
      refused: fc.boolean(),
    });
    fc.assert(
      fc.property(conversation, any, (messages, chosen) => {
        const plan = planCompact(messages, chosen);
        if (plan === null) return;
        const next = messages[plan.covered];
        expect(next?.message.role).not.toBe("tool");
        expect(messages.filter(({ seq }) => seq <= plan.covers_to)).toHaveLength(plan.covered);
        if (next === undefined) expect(chosen.refused).toBe(true);
      }),
    );
  });
});
