/** A passage that was replaced. */
export interface Edit {
  /** The whole text afterwards. */
  readonly text: string;
  /** Where the passage began. UTF-16 code units, as everywhere in strings. */
  readonly at: number;
  /** The passage before and after, with the line endings of the text. */
  readonly old: string;
  readonly new: string;
}

/**
 * Replaces the one place where `old` occurs. Where every line of the text ends in CRLF, those of `old` and of the
 * replacement do as well.
 *
 * @throws Error in words for the model: it does not occur, it occurs more than once, nothing would change
 */
export function replaceOnce(text: string, old: string, replacement: string): Edit {
  const ending = isCrlf(text) ? toCrlf : (passage: string): string => passage;
  const edit = { old: ending(old), new: ending(replacement) };
  const at = text.indexOf(edit.old);
  if (at === -1) throw new Error(whyMissing(text, old));
  const count = countOf(text, edit.old);
  if (count > 1) {
    throw new Error(`old occurs ${count} times. Take in more of the lines around the place that is meant.`);
  }
  if (edit.old === edit.new) throw new Error("old and new are the same: nothing would change.");
  return { ...edit, at, text: text.slice(0, at) + edit.new + text.slice(at + edit.old.length) };
}

const isCrlf = (text: string): boolean => text.includes("\r\n") && !/(?<!\r)\n/.test(text);

const toCrlf = (text: string): string => text.replace(/\r?\n/g, "\r\n");

/** Overlapping ones too: it must be clear which one is meant. */
function countOf(text: string, passage: string): number {
  let count = 0;
  for (let at = text.indexOf(passage); at !== -1 && count < 1000; at = text.indexOf(passage, at + 1)) count += 1;
  return count;
}

function whyMissing(text: string, old: string): string {
  const bare = old.replace(/\s+/g, "");
  const at = bare === "" ? -1 : text.replace(/\s+/g, "").indexOf(bare);
  if (at === -1) return "old does not occur in the file. Read it again: it may have changed.";
  const line = lineOf(text, at);
  return `old does not occur in the file, but does with other whitespace or line breaks from line ${line} on. Read those lines and give them exactly.`;
}

/** The line of the character that has `count` characters before it, whitespace not counted. */
function lineOf(text: string, count: number): number {
  let line = 1;
  let seen = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === "\n") line += 1;
    if (/\s/.test(character)) continue;
    if (seen === count) return line;
    seen += 1;
  }
  return line;
}
