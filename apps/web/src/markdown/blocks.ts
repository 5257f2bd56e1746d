import type { Token, Tokens } from "marked";
import remend from "remend";
import { lex, type References } from "./grammar.ts";
import { growTable } from "./growing-table.ts";
import { growFence, openFence } from "./open-fence.ts";
import { changedLabels, mentions } from "./references.ts";

/** Blocks of one `Group`, drawn and skipped by the browser together. */
export const GROUP = 16;

/** Settled blocks that follow each other. The same object in every later cut. */
export type Group = readonly Token[];

/** A Markdown text cut into blocks. Blocks before the open ones are settled: the same objects in every later cut. */
export interface Blocks {
  readonly source: string;
  /** Where the settled blocks end, in UTF-16 code units. */
  readonly boundary: number;
  /** Settled blocks, `GROUP` in each. */
  readonly groups: readonly Group[];
  /** Settled blocks that do not fill a group yet. */
  readonly rest: readonly Token[];
  /** Blocks that more text could still change. */
  readonly open: readonly Token[];
  /** What the settled blocks define, and what all blocks do. */
  readonly defined: References;
  readonly references: References;
  /** Where code begins whose fence is still open, if the open block is one. */
  readonly fence: number | null;
}

export const NO_BLOCKS: Blocks = {
  source: "",
  boundary: 0,
  groups: [],
  rest: [],
  open: [],
  defined: {},
  references: {},
  fence: null,
};

/**
 * The blocks of `source`, lexed from where `previous` is settled if it begins with the same text. `live`: more is
 * to come, so the last block is completed for the eye (an unclosed `**` is shown as bold).
 */
export function cut(previous: Blocks, source: string, live: boolean): Blocks {
  const grown = source.startsWith(previous.source) ? previous : NO_BLOCKS;
  if (grown.fence !== null) {
    const place = { from: grown.boundary, code: grown.fence, known: grown.source.length };
    const code = growFence(grown.open[0] as Tokens.Code, source, place);
    if (code !== null) return { ...grown, source, open: [code] };
  }
  const tail = copy(source.slice(grown.boundary));
  const tokens = lex(tail, grown.defined);
  const count = settledCount(tokens);
  const length = tokens.slice(0, count).reduce((sum, token) => sum + token.raw.length, 0);
  const references = tokens.links;
  const changed = changedLabels(grown.references, references);
  const boundary = grown.boundary + length;
  const fence = openFence(tail.slice(length), tokens.slice(count).filter(isBlock));
  return {
    source,
    boundary,
    fence: fence === null ? null : boundary + fence,
    ...settle(renewed(grown, changed, references), tokens.slice(0, count).filter(isBlock)),
    open: (live ? mend(tokens.slice(count), references) : tokens.slice(count)).filter(isBlock),
    defined:
      count === 0 || Object.keys(references).length === Object.keys(grown.defined).length
        ? grown.defined
        : lex(tail.slice(0, length), grown.defined).links,
    references,
  };
}

/** The lexer normalises line ends; so does everything that counts in its `raw`. */
export const normalise = (text: string): string => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text);

/** A text that shares no memory with the one it was cut from, which would stay alive as a whole. */
export const copy = (text: string): string => ` ${text}`.slice(1);

const isBlock = (token: Token): boolean => token.type !== "space";

/**
 * How many blocks no later text can change: those before the last one, and that only once the last one's first
 * line is complete, because "2" after a list may still become "2. more", which belongs to the list. A formula without
 * an end may yet turn out to be words of the paragraph before it.
 */
function settledCount(tokens: readonly Token[]): number {
  const last = tokens.findLastIndex(isBlock);
  if (last < 1 || !(tokens[last]!.raw + (tokens[last + 1]?.raw ?? "")).includes("\n")) return 0;
  const { type, closed } = tokens[last] as Tokens.Generic;
  return type === "math" && closed === false
    ? Math.max(
        0,
        tokens.findLastIndex((token, at) => at < last && isBlock(token)),
      )
    : last;
}

function settle(
  { groups, rest }: Pick<Blocks, "groups" | "rest">,
  added: readonly Token[],
): Pick<Blocks, "groups" | "rest"> {
  if (added.length === 0) return { groups, rest };
  const all = [...rest, ...added];
  const full = all.length - (all.length % GROUP);
  if (full === 0) return { groups, rest: all };
  const filled = Array.from({ length: full / GROUP }, (_, index) => all.slice(index * GROUP, (index + 1) * GROUP));
  return { groups: [...groups, ...filled], rest: all.slice(full) };
}

/** A definition changes blocks that came before it: those that mention its label, and no others. */
function renewed(
  { groups, rest }: Blocks,
  changed: ReadonlySet<string>,
  references: References,
): Pick<Blocks, "groups" | "rest"> {
  if (changed.size === 0) return { groups, rest };
  const renew = (group: Group): Group => {
    if (!group.some((token) => mentions(token.raw, changed))) return group;
    return group.map((token) =>
      mentions(token.raw, changed) ? (lex(token.raw, references).find(isBlock) ?? token) : token,
    );
  };
  return { groups: groups.map(renew), rest: renew(rest) };
}

function mend(open: readonly Token[], references: References): readonly Token[] {
  const index = open.findLastIndex(isBlock);
  const last = open[index];
  if (last === undefined || last.type === "code" || last.type === "html" || last.type === "math") return open;
  const table = last.type === "paragraph" ? growTable(last.raw) : null;
  if (table !== null) return [...open.slice(0, index), ...lex(table, references)];
  const mended = remend(last.raw, { linkMode: "text-only", images: false, katex: false });
  return mended === last.raw ? open : [...open.slice(0, index), ...lex(mended, references)];
}
