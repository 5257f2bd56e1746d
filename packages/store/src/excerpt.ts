/** Characters of a text that a search shows before and after what it found. */
export const BEFORE = 40;
export const AFTER = 120;

/**
 * A piece with a mark where it was cut. Lengths are in code points.
 * @param at where in the whole the match begins @param size of the whole
 */
export function excerpt(piece: string, at: number, size: number): string {
  const start = Math.max(0, at - BEFORE);
  const end = start + [...piece].length;
  return `${start > 0 ? "…" : ""}${piece}${end < size ? "…" : ""}`;
}
