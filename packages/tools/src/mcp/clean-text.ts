/** Controls other than tab and line feed, and what is not seen: direction marks, joiners, tags, fillers, halves of pairs. */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/**
 * Text of a stranger as a person would see it, without what hides in it.
 *
 * @param length UTF-16 code units, at most
 */
export function cleanText(text: string, length: number): string {
  // Only so much is looked at: what is hidden is not longer than what is shown.
  const clean = text
    .slice(0, length * 2)
    .replace(UNSEEN, "")
    .trim();
  return clean.length <= length ? clean : clean.slice(0, length).replace(/[\ud800-\udbff]$/, "");
}

/** The same in one line. */
export function cleanLine(text: string, length: number): string {
  return cleanText(text.slice(0, length * 2).replace(/\s+/g, " "), length);
}
