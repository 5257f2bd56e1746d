/** What a stretch of code is written in; `none` is the ink of code itself. Their order is what `Spans` count in. */
export const INKS = ["none", "key", "str", "num", "fn", "dim"] as const;

/**
 * A line's stretches, the rest of the line is plain: two characters for each, whose codes are its length and the
 * number of its ink plus one. A text because texts travel between threads for almost nothing.
 */
export type Spans = string;
