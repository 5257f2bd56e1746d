import type { TokenizerExtension, Tokens } from "marked";

/** A formula. `closed` is false for a block whose end may still come: until then it is shown as it is written. */
export interface MathToken extends Tokens.Generic {
  readonly type: "math";
  readonly raw: string;
  readonly tex: string;
  readonly display: boolean;
  readonly closed: boolean;
}

/** Characters of one formula, at most: what is longer is text. */
const LONGEST = 10_000;

const OPENING = /^ {0,3}(\$\$|\\\[)/;
const BLANK_LINE = /\n[ \t]*\n/;
const CLOSING: Readonly<Record<string, string>> = { $$: "$$", "\\[": "\\]", "\\(": "\\)", $: "$" };

/**
 * `$$ … $$` or `\[ … \]` on lines of their own, with no blank line inside. One that has no end yet takes the rest of
 * the text, so that its lines do not become lists and headings on the way.
 */
export const mathBlock: TokenizerExtension = {
  name: "math",
  level: "block",
  start(src) {
    const blank = src.search(BLANK_LINE);
    const at = (blank === -1 ? src : src.slice(0, blank)).search(/\n {0,3}(?:\$\$|\\\[)/);
    return at === -1 ? undefined : at + 1;
  },
  tokenizer(src) {
    const opening = OPENING.exec(src);
    if (opening === null) return undefined;
    const from = opening[0].length;
    const part = src.slice(0, LONGEST);
    const blank = part.slice(from).search(BLANK_LINE);
    const end = blank === -1 ? part.length : from + blank;
    const close = part.indexOf(CLOSING[opening[1]!]!, from);
    if (close !== -1 && close < end) {
      const rest = /^[ \t]*(?:\n+|$)/.exec(src.slice(close + 2));
      const tex = src.slice(from, close);
      if (rest === null || tex.trim() === "") return undefined;
      return token(src.slice(0, close + 2 + rest[0].length), tex, true, true);
    }
    if (blank !== -1 || src.length > LONGEST) return undefined;
    return token(src, src.slice(from), true, false);
  },
};

/** `$…$`, `\(…\)`, and `$$…$$` or `\[…\]` within a line of words. "$5 and $6" is not a formula. */
export const mathInline: TokenizerExtension = {
  name: "math-inline",
  level: "inline",
  start(src) {
    const at = src.search(/\$|\\[([]/);
    return at === -1 ? undefined : at;
  },
  tokenizer(src) {
    const opening = /^(?:\$\$?|\\[([])/.exec(src)?.[0];
    if (opening === undefined) return undefined;
    const display = opening === "$$" || opening === "\\[";
    const from = opening.length;
    const close = closingAt(src.slice(0, LONGEST), from, CLOSING[opening]!);
    if (close === -1) return undefined;
    const tex = src.slice(from, close);
    if (tex.trim() === "" || (opening === "$" && !isFormula(tex, src.charAt(close + 1)))) return undefined;
    return token(src.slice(0, close + from), tex, display, true);
  },
};

function token(raw: string, tex: string, display: boolean, closed: boolean): MathToken {
  return { type: "math", raw, tex: tex.trim(), display, closed };
}

/** Where the closing mark is: one that no backslash takes its meaning from. -1 where there is none. */
function closingAt(src: string, from: number, mark: string): number {
  for (let at = src.indexOf(mark, from); at !== -1; at = src.indexOf(mark, at + 1)) {
    if (mark.startsWith("\\") || src.charAt(at - 1) !== "\\") return at;
  }
  return -1;
}

/** Dollars are prices and variables of a shell more often than formulas: only tight ones that look like one count. */
function isFormula(tex: string, next: string): boolean {
  if (/^\s|\s$|\n\s*\n/.test(tex) || /[\p{L}\p{N}]/u.test(next)) return false;
  return !/^[\d.,]+[^\\^_=+<>{}|*/]*$/.test(tex) || /^\d+$/.test(tex);
}
