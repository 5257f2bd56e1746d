/** Steers a terminal, or turns the order of what is read around: control characters but tab and newline, bidi controls. */
const STEERING = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** Cannot be seen; U+FE0F only says that an emoji is one. */
const INVISIBLE = /(?!\n|\t|\ufe0f)(?:\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point})/gu;

/** What a model or a tool said, safe to print: it cannot move the cursor, colour, or write to the clipboard. */
export function safeText(text: string): string {
  return text.replace(STEERING, "");
}

/** The same for what somebody is to decide about: what cannot be seen is spelled out. */
export function plainText(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** One line of at most `length` code points. */
export function oneLine(text: string, length: number): string {
  const line = plainText(text.replace(/\s+/gu, " ").trim());
  const points = [...line];
  return points.length <= length ? line : `${points.slice(0, length - 1).join("")}…`;
}

/** Cells of a terminal that a text takes; wide characters take two, marks none. */
function cells(text: string): number {
  let sum = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    sum +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return sum;
}

/** As much of a text as fits. */
export function fitting(text: string, columns: number): string {
  let fitted = "";
  for (const character of text) {
    if (cells(fitted + character) > columns) return fitted;
    fitted += character;
  }
  return fitted;
}
