/** UTF-16 code units of the arguments that are shown; who wants more finds them in the call. */
const SHOWN = 2_000;

/** Characters that do not show, or that change the order of what does: they could make a text look like another. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** What a person reads who is asked for a call: what would happen, and why it is asked. */
export function askingText(tool_name: string, args: unknown, why: string): string {
  const text = JSON.stringify(args) ?? "";
  const left = text.length - SHOWN;
  const shown = left > 0 ? `${text.slice(0, SHOWN)} … (${left} more characters)` : text;
  return `${tool_name} ${shown}\n${why}`
    .trim()
    .replace(HIDDEN, (hidden) => (hidden === "\n" ? hidden : escaped(hidden)));
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
