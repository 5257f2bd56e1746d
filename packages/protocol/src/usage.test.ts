import { describe, expect, it } from "vitest";
import { Usage } from "./usage.ts";
import { addUsage, NO_USAGE } from "./usage-sum.ts";

const counts = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };

describe("usage", () => {
  it("adds what both counted", () => {
    expect(addUsage(counts, { ...counts, total_tokens: 7 })).toEqual({
      input_tokens: 6,
      output_tokens: 4,
      total_tokens: 12,
    });
    expect(addUsage(NO_USAGE, counts)).toEqual(counts);
  });

  it("has an optional field where either side has it, and never guesses one", () => {
    expect(addUsage(counts, counts)).not.toHaveProperty("reasoning_tokens");
    expect(addUsage({ ...counts, reasoning_tokens: 4 }, counts)).toMatchObject({ reasoning_tokens: 4 });
    expect(addUsage(counts, { ...counts, cached_tokens: 0 })).toMatchObject({ cached_tokens: 0 });
    const both = { ...counts, reasoning_tokens: 1, cached_tokens: 2 };
    expect(addUsage(both, both)).toMatchObject({ reasoning_tokens: 2, cached_tokens: 4 });
  });

  it("changes neither side", () => {
    const [a, b] = [Object.freeze({ ...counts }), Object.freeze({ ...counts, cached_tokens: 1 })];
    expect(addUsage(a, b)).not.toBe(a);
    expect(NO_USAGE).toEqual({ input_tokens: 0, output_tokens: 0, total_tokens: 0 });
  });

  it.each([-1, 0.5, null, "3"])("counts whole tokens, not %j", (count) => {
    expect(Usage.safeParse({ ...counts, input_tokens: count }).success).toBe(false);
  });
});
