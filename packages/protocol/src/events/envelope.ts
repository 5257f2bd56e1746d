import { z } from "zod";
import { PROTOCOL_VERSION } from "../version.ts";

/** A position in a session's log: 1, 2, 3, … without holes. */
export const Seq = z.number().int().positive();

/** UTF-16 code units (JavaScript's `length`) of the block that came before this delta. */
export const Offset = z.number().int().nonnegative();

/**
 * What a model's provider wants back, word for word, with the conversation that it came in: opaque to everybody else.
 * `from` names who gave it. At most `provider_data_bytes` of JSON.
 */
export const ProviderData = z.record(z.string(), z.unknown());
export type ProviderData = z.infer<typeof ProviderData>;

export const envelope = {
  v: z.literal(PROTOCOL_VERSION),
  session_id: z.string(),
  run_id: z.string().optional(),
  seq: Seq,
  /** First position that a merged delta covers; absent on every other event. */
  from: Seq.optional(),
  /** Unix time in milliseconds. */
  ts: z.number().int().nonnegative(),
};

/** Schema of one event type: the envelope, the literal `type` and its own fields. */
export function event<const T extends string, S extends z.core.$ZodLooseShape>(type: T, shape: S) {
  return z.object({ ...envelope, type: z.literal(type), ...shape });
}
