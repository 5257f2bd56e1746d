const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Which way a text in Markdown runs, by its first letter outside code; undefined where it has none. */
export function directionOf(markdown: string): "ltr" | "rtl" | undefined {
  const words = markdown.slice(0, 2_000).replace(/(`+)[^`]*(?:\1|$)|\[[ x]\]|\$[^$]*(?:\$|$)/giu, "");
  const letter = /\p{L}/u.exec(words)?.[0];
  if (letter === undefined) return undefined;
  return RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
}
