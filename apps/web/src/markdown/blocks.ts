import { Lexer, type Token } from "marked";
import remend from "remend";

/** A Markdown text cut into blocks. Blocks before the open one are final: the same objects in every later cut. */
export interface Blocks {
  readonly source: string;
  readonly settled: readonly Token[];
  /** Where the settled blocks end, in UTF-16 code units. */
  readonly boundary: number;
  /** Blocks that more text could still change. */
  readonly open: readonly Token[];
}

export const NO_BLOCKS: Blocks = { source: "", settled: [], boundary: 0, open: [] };

/** A reference definition changes blocks that came before it, so such a text is lexed as a whole. */
const DEFINITION = /^[ >\-*+\d.)]*\[[^\]\n]+\]:/m;

/**
 * The blocks of `source`, lexed from where `previous` is settled if it begins with the same text. `live`: more is
 * to come, so the last block is completed for the eye (an unclosed `**` is shown as bold).
 */
export function cut(previous: Blocks, source: string, live: boolean): Blocks {
  const grown = source.startsWith(previous.source) ? previous : NO_BLOCKS;
  if (DEFINITION.test(source.slice(lineStart(source, grown.boundary)))) {
    return { source, settled: [], boundary: 0, open: lex(source) };
  }
  const tokens = lex(source.slice(grown.boundary));
  const count = finalCount(tokens);
  const settled = tokens.slice(0, count);
  const length = settled.reduce((sum, token) => sum + token.raw.length, 0);
  const open = tokens.slice(count);
  return {
    source,
    settled: count === 0 ? grown.settled : [...grown.settled, ...settled.filter((token) => token.type !== "space")],
    boundary: grown.boundary + length,
    open: (live ? mend(open) : open).filter((token) => token.type !== "space"),
  };
}

/** The lexer normalises line ends; so does everything that counts in its `raw`. */
export const normalise = (text: string): string => text.replace(/\r\n?/g, "\n");

const lex = (text: string): Token[] => [...Lexer.lex(text, { gfm: true })];

const lineStart = (text: string, index: number): number => text.lastIndexOf("\n", index) + 1;

/**
 * How many blocks no later text can change: those before the last one, and that only once the last one's first
 * line is complete, because "2" after a list may still become "2. more", which belongs to the list.
 */
function finalCount(tokens: readonly Token[]): number {
  const last = tokens.findLastIndex((token) => token.type !== "space");
  if (last < 1 || !tokens[last]!.raw.includes("\n")) return 0;
  return last;
}

function mend(open: readonly Token[]): readonly Token[] {
  const index = open.findLastIndex((token) => token.type !== "space");
  const last = open[index];
  if (last === undefined || last.type === "code" || last.type === "html") return open;
  const mended = remend(last.raw, { linkMode: "text-only", images: false, katex: false });
  return mended === last.raw ? open : [...open.slice(0, index), ...lex(mended)];
}
