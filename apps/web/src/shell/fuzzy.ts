/** Positions of a query's letters in a text, where it has them in this order; and how well they stand there. */
export interface Match {
  /** Higher is better. */
  readonly score: number;
  readonly at: readonly number[];
}

/** Matches without regard to case; spaces of the query count for nothing. Null where a letter is missing. */
export function fuzzy(query: string, text: string): Match | null {
  const wanted = [...query.toLowerCase()].filter((letter) => letter.trim() !== "");
  const lower = [...text.toLowerCase()];
  const whole = lower.join("").indexOf(query.trim().toLowerCase());
  if (whole >= 0) {
    const from = [...lower.join("").slice(0, whole)].length;
    const length = [...query.trim()].length;
    return { score: 1_000 - from + (starts(lower, from) ? 500 : 0), at: Array.from({ length }, (_, n) => from + n) };
  }
  const at: number[] = [];
  let score = 0;
  for (const letter of wanted) {
    const after = at.at(-1) ?? -1;
    const next = lower.indexOf(letter, after + 1);
    if (next < 0) return null;
    score += starts(lower, next) ? 20 : next === after + 1 ? 10 : -Math.min(10, next - after);
    at.push(next);
  }
  return { score, at };
}

function starts(letters: readonly string[], at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(letters[at - 1]!);
}
