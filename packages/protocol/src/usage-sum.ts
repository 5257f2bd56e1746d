import type { Usage } from "./usage.ts";

export const NO_USAGE: Usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };

/** Sum of two usages; an optional field is present when either side has it. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum: Usage = {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    total_tokens: a.total_tokens + b.total_tokens,
  };
  if (a.reasoning_tokens !== undefined || b.reasoning_tokens !== undefined) {
    sum.reasoning_tokens = (a.reasoning_tokens ?? 0) + (b.reasoning_tokens ?? 0);
  }
  if (a.cached_tokens !== undefined || b.cached_tokens !== undefined) {
    sum.cached_tokens = (a.cached_tokens ?? 0) + (b.cached_tokens ?? 0);
  }
  return sum;
}
