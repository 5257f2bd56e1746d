import type { Usage } from "@millrace/protocol";

/** What a model costs, per million tokens, in whatever currency the operator reckons in. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Input that the endpoint had cached; like `input` by default. */
  readonly cached?: number | undefined;
}

export function costOf({ input, output, cached = input }: Price, usage: Usage): number {
  const read = Math.min(usage.cached_tokens ?? 0, usage.input_tokens);
  return ((usage.input_tokens - read) * input + read * cached + usage.output_tokens * output) / 1_000_000;
}
