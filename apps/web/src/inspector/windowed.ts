/** Rows of one height, one of which may be opened: a piece of `opened.height` pixels follows it. */
export interface Rows {
  readonly count: number;
  readonly height: number;
  readonly opened: { readonly index: number; readonly height: number } | null;
}

/** Rows beyond the edges that are drawn too. */
const SPARE = 12;

export function topOf({ height, opened }: Rows, index: number): number {
  return index * height + (opened !== null && index > opened.index ? opened.height : 0);
}

/** The rows that are drawn for a scroll position, and the room that the others take. Pixels. */
export function windowed(rows: Rows, scrollTop: number, viewport: number) {
  const { count, height, opened } = rows;
  const indexAt = (y: number) => {
    if (opened === null || y < topOf(rows, opened.index + 1) - opened.height) return Math.floor(y / height);
    return Math.max(opened.index, Math.floor((y - opened.height) / height));
  };
  const start = Math.max(0, Math.min(count, indexAt(Math.max(0, scrollTop))) - SPARE);
  const end = Math.min(count, indexAt(scrollTop + viewport) + 1 + SPARE);
  return { start, end, before: topOf(rows, start), after: topOf(rows, count) - topOf(rows, end) };
}
