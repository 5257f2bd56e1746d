import type { Usage } from "@millrace/protocol";

/** Reads an endpoint's token counts; null where it named none, or none that can be. */
export function readUsage(value: unknown): Usage | null {
  const fields = record(value);
  if (fields === null) return null;
  const input_tokens = count(fields.prompt_tokens) ?? count(fields.input_tokens);
  const output_tokens = count(fields.completion_tokens) ?? count(fields.output_tokens);
  if (input_tokens === null || output_tokens === null) return null;
  const total_tokens = count(fields.total_tokens) ?? input_tokens + output_tokens;
  const details = record(fields.completion_tokens_details) ?? record(fields.output_tokens_details);
  const reasoning_tokens = count(details?.reasoning_tokens) ?? count(fields.reasoning_tokens);
  const cached = record(fields.prompt_tokens_details) ?? record(fields.input_tokens_details);
  const cached_tokens =
    count(cached?.cached_tokens) ?? count(fields.prompt_cache_hit_tokens) ?? count(fields.cached_tokens);
  return {
    input_tokens,
    output_tokens,
    total_tokens,
    ...(reasoning_tokens !== null && { reasoning_tokens }),
    ...(cached_tokens !== null && { cached_tokens }),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
