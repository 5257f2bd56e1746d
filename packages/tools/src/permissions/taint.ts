import type { ToolTrait } from "@millrace/agent";
import { REASONS } from "@millrace/protocol";

/** For the person who is asked when {@link taintAsks}. */
export const TAINT_REASON: string = REASONS.tainted;

/**
 * Whether a call must be asked for even where rules or earlier answers allow it (T28): private data was read, text of
 * strangers was read, and the tool can carry something to strangers. The answer holds for that call only.
 *
 * @param traits of the tool that is to be called
 * @param seen of the tools whose results the model has read
 */
export function taintAsks({
  traits,
  seen,
}: {
  readonly traits: readonly ToolTrait[] | undefined;
  readonly seen: ReadonlySet<ToolTrait>;
}): boolean {
  return seen.has("private") && seen.has("untrusted") && traits?.includes("outbound") === true;
}
