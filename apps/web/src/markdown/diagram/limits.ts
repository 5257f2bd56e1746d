/** Characters of a diagram's code; what draws it has the same limit. */
export const LONGEST = 50_000;
/** For the frame and its scripts to come. */
export const LOADING_MS = 20_000;
export const DRAWING_MS = 5_000;
