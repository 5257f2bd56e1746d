/** What a column asks for, in pixels, padding included: `wide` on one line, `narrow` with every word on its own. */
export interface Column {
  readonly wide: number;
  readonly narrow: number;
  /** Numbers and marks only: what follows is about as long as what is there. */
  readonly figures: boolean;
}

/** The least that a column of words gets, and what it gets at most before it needs it. */
const WORDS = [88, 112] as const;
const FIGURES = 72;
/** A word that is longer is broken. */
const WORD = 240;
/** The same for a column of a table that scrolls anyway. */
const SCROLLED = { words: [128, 180], figures: [96, 180] } as const;

/**
 * Widths that columns can keep while rows are added that nobody has seen yet, in whole pixels: they fill `room`, or more
 * than that where it is too little. Room that is left goes to words rather than to figures, and most of it to the last of
 * them, which is where notes and explanations stand.
 */
export function columnWidths(room: number, columns: readonly Column[]): readonly number[] {
  const least = columns.map(({ wide, narrow, figures }) =>
    figures
      ? Math.max(FIGURES, Math.min(wide, WORD))
      : Math.max(WORDS[0], Math.min(narrow, WORD), Math.min(wide, WORDS[1])),
  );
  const wanted = columns.map(({ wide, figures }, at) => Math.max(least[at]!, figures ? wide * 1.2 : wide));
  const spare = room - sum(wanted);
  if (spare >= 0) {
    const last = columns.findLastIndex(({ figures }) => !figures);
    const shares = columns.map(({ figures }, at) => (figures ? 0.15 : at === last ? 3 : 1));
    return whole(
      wanted.map((width, at) => width + (spare * shares[at]!) / sum(shares)),
      room,
    );
  }
  const give = wanted.map((width, at) => width - least[at]!);
  if (sum(give) < -spare) {
    return columns.map(({ figures }, at) => {
      const [from, to] = SCROLLED[figures ? "figures" : "words"];
      return Math.ceil(Math.max(from, least[at]!, Math.min(wanted[at]!, to)));
    });
  }
  return whole(
    wanted.map((width, at) => width + (spare * give[at]!) / sum(give)),
    room,
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Cut to whole pixels; what is left over is the last one's. */
function whole(widths: readonly number[], room: number): readonly number[] {
  const cut = widths.map(Math.floor);
  return cut.map((width, at) => (at === cut.length - 1 ? width + Math.floor(room) - sum(cut) : width));
}
