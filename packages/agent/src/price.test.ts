import { expect, it } from "vitest";
import { costOf } from "./price.ts";

const usage = { input_tokens: 1_000_000, output_tokens: 500_000, total_tokens: 1_500_000 };

it("a million tokens cost what the price says, cached ones what it says of them", () => {
  expect(costOf({ input: 2, output: 8 }, usage)).toBe(6);
  expect(costOf({ input: 2, output: 8, cached: 0.5 }, { ...usage, cached_tokens: 400_000 })).toBeCloseTo(5.4);
  expect(costOf({ input: 2, output: 8 }, { ...usage, cached_tokens: 400_000 })).toBe(6);
});
