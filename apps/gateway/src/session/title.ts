const LONGEST = 60;

/** A session's first title: the beginning of the first thing that was said in it. */
export function titleFrom(content: string): string {
  const line = content.trim().replace(/\s+/gu, " ");
  const letters = [...line];
  return letters.length <= LONGEST
    ? line
    : `${letters
        .slice(0, LONGEST - 1)
        .join("")
        .trimEnd()}…`;
}
