import { z } from "zod";
import { PATTERN_LENGTH } from "./pattern.ts";

/**
 * What people decide beforehand. `tool` and `pattern` are globs as {@link matchesPattern} reads them. Without `pattern`
 * a rule speaks of every call of its tools; with it, of those that have a subject which it names.
 */
export interface Rule {
  readonly tool: string;
  readonly pattern?: string | undefined;
  readonly action: "allow" | "ask" | "deny";
}

/** For configuration files: a glob that is too long is refused. */
export const ruleSchema: z.ZodType<Rule> = z.strictObject({
  tool: z.string().min(1).max(PATTERN_LENGTH),
  pattern: z.string().max(PATTERN_LENGTH).optional(),
  action: z.enum(["allow", "ask", "deny"]),
});

/** What a person allowed for longer than one call. */
export interface Grant {
  /** Exactly this tool; no glob. */
  readonly tool: string;
  /** The pattern that was shown to the person. */
  readonly pattern: string;
  /**
   * {@link toolFingerprint} when it was given; the grant is void for a tool that says something else by now (F87), and
   * where it is not known what the tool said then: null.
   */
  readonly schema_hash: string | null;
}
