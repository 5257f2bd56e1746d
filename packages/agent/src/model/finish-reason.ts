/** Words for the same end, in lower case and with `_`; what is not here stays as the endpoint wrote it. */
const SAME: ReadonlyMap<string, string> = new Map([
  ...same("stop", "stop", "end", "complete", "completed", "finished", "end_of_turn"),
  ...same(
    "length",
    "length",
    "model_length",
    "max_output_tokens",
    "token_limit",
    "max_length",
    "context_window_exceeded",
  ),
  ...same("length", "max_tokens", "model_context_window_exceeded"),
  ...same("content_filter", "content_filter", "contentfilter", "content_filtered", "safety", "sensitive", "recitation"),
  ...same("content_filter", "prohibited_content", "blocklist", "spii", "refusal", "moderation"),
  ...same("tool_calls", "tool_calls", "tool_call"),
]);

function same(reason: string, ...words: readonly string[]): (readonly [string, string])[] {
  return words.map((word) => [word, reason] as const);
}

/** An endpoint's word for why the answer ended; null where it is none, which some write as `"null"`. */
export function finishReason(value: unknown): string | null {
  if (typeof value !== "string" || value === "" || value === "null") return null;
  const word = value
    .toLowerCase()
    .replace(/^finish_?reason[._]/, "")
    .replaceAll("-", "_");
  return SAME.get(word) ?? (value === value.toUpperCase() ? word : value);
}
