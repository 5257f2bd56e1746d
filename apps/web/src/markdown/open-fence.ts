import type { Token, Tokens } from "marked";

/** Longest first line of a fence that is looked for. */
const FIRST_LINE = 200;
const OPENING = /^(?:`{3,}[^`\n]*|~{3,}[^\n]*)\n/;
const FENCE_LINE = /^ {0,3}(?:`{3}|~{3})/m;

/** Where the code begins in a text that is all one fence without an end, or null where it is something else. */
export function openFence(text: string, blocks: readonly Token[]): number | null {
  if (blocks.length !== 1 || blocks[0]!.type !== "code") return null;
  const opening = OPENING.exec(text.slice(0, FIRST_LINE));
  if (opening === null || FENCE_LINE.test(text.slice(opening[0].length))) return null;
  return opening[0].length;
}

/**
 * The code block of such a fence when its text has grown to `source`, or null where a line in what was added may be
 * its end. Saves lexing long code once more with every piece that comes. `from`: where the block begins, `code`: where
 * its code does, `known`: how long the text was.
 */
export function growFence(
  block: Tokens.Code,
  source: string,
  { from, code, known }: { from: number; code: number; known: number },
): Tokens.Code | null {
  const line = source.lastIndexOf("\n", known - 1) + 1;
  if (FENCE_LINE.test(source.slice(Math.max(code, line)))) return null;
  return { ...block, raw: source.slice(from), text: source.slice(code, source.endsWith("\n") ? -1 : undefined) };
}
