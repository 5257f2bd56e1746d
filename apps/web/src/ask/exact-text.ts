/** A stretch of a text as it is shown. `code`: a character that does not show itself, as `U+202E`. */
export type Piece = { readonly text: string } | { readonly code: string };

/**
 * Characters that do not show, that change the order of what does, or that look like an ordinary blank: controls and
 * formats, separators, private ones, lone surrogates, blanks other than the space, fillers and variation selectors.
 */
const HIDDEN =
  /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Co}|\p{Cs}|\p{Variation_Selector}|\u034f|[\u115f\u1160\u2800\u3164\uffa0]|\u17b4|\u17b5|(?! )\p{Zs}/gu;

/** A text with everything in it visible: line breaks stay, hidden characters become their numbers. */
export function exactText(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match[0] === "\n") continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ code: `U+${match[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}` });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** How many characters of a text are hidden ones. */
export function hiddenCount(text: string): number {
  return exactText(text).filter((piece) => "code" in piece).length;
}

/** An argument as it is shown: texts as they are, everything else as JSON. */
export function argumentText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 1) ?? "");
}

/** `7f3a…c21e`. */
export function shortDigest(digest: string): string {
  return digest.length <= 12 ? digest : `${digest.slice(0, 4)}…${digest.slice(-4)}`;
}
