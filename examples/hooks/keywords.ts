const SMALL = new Set(
  "a about an and are as at be but by can do for from has have if in into is it its no not of on or so than that the their then there they this to was we were what when which who will with you your".split(
    " ",
  ),
);

const SEGMENTER = new Intl.Segmenter("und", { granularity: "word" });

/** The most frequent words of a text that comes in pieces, cut anywhere, in any language. */
export class Keywords {
  readonly #counts = new Map<string, number>();
  /** The end of what came, which may be half a word. */
  #open = "";

  /** @returns whether a word was completed that counts */
  add(piece: string): boolean {
    const segments = [...SEGMENTER.segment((this.#open + piece).toLowerCase())];
    this.#open = segments.pop()?.segment ?? "";
    const words = segments.filter(({ isWordLike }) => isWordLike === true).map(({ segment }) => segment);
    const counted = words.filter((word) => word.length > 1 && !SMALL.has(word));
    for (const word of counted) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
    return counted.length > 0;
  }

  top(count: number): string[] {
    const ranked = [...this.#counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return ranked.slice(0, count).map(([word]) => word);
  }
}
