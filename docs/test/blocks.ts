/** A fenced block of a page. */
export interface Block {
  /** Without `.md`, below `docs/`. */
  readonly page: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  /** What stands in brackets behind the language: a file's name, or which direction of the wire. */
  readonly title: string | null;
  /** Why it is shown only; null where it is run. */
  readonly not_run: string | null;
  readonly code: string;
}

const FENCE = /^```(\S+)(?: \[([^\]]+)\])?(?: \{not-run: "([^"]+)"\})?$/u;

/** The blocks of a page's Markdown, in order. @throws Error at a fence that says nothing, or too much, of what is in it */
export function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const fence = lines[at] ?? "";
    if (!fence.trimStart().startsWith("```")) continue;
    const [, language, title = null, not_run = null] = FENCE.exec(fence) ?? [];
    if (language === undefined) throw new Error(`${page}.md:${at + 1}: ${fence} is no fence of these pages.`);
    const end = lines.indexOf("```", at + 1);
    if (end < 0) throw new Error(`${page}.md:${at + 1}: the block has no end.`);
    blocks.push({ page, line: at + 2, language, title, not_run, code: `${lines.slice(at + 1, end).join("\n")}\n` });
    at = end;
  }
  return blocks;
}

/** Where a test says it failed. */
export const placeOf = ({ page, line }: Block): string => `${page}.md:${line}`;
