import { z } from "zod";

const count = z.number().int().nonnegative();

/** Tokens as the model's endpoint counted them; a field it did not name is absent, never guessed. */
export const Usage = z.object({
  input_tokens: count,
  output_tokens: count,
  total_tokens: count,
  reasoning_tokens: count.optional(),
  cached_tokens: count.optional(),
});
export type Usage = z.infer<typeof Usage>;
