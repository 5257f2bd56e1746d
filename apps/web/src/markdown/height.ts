import type { Token, Tokens } from "marked";

const LINE = 26;
const CODE_LINE = 21;
const ROW = 35;
const GAP = 12;
/** Characters of a line of words in a column of its usual width. */
const WIDTH = 88;

/** About how high a block is, in pixels: what stands for it until the browser has laid it out once. */
export function heightOf(token: Token): number {
  switch (token.type) {
    case "code":
      return 34 + 14 + (1 + count((token as Tokens.Code).text, "\n")) * CODE_LINE + GAP;
    case "table":
      return ((token as Tokens.Table).rows.length + 1) * ROW + GAP;
    case "list":
      return (token as Tokens.List).items.reduce((sum, item) => sum + lines(item.raw) * LINE + 4, GAP);
    default:
      return lines(token.raw) * LINE + GAP;
  }
}

const lines = (text: string): number => Math.max(1, Math.ceil(text.length / WIDTH));

function count(text: string, mark: string): number {
  let found = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) found++;
  return found;
}
