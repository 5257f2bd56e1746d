import { existsSync, globSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command, ControlFrame, Event } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { leadsOutside } from "../.vitepress/markdown.ts";
import { PAGES } from "../pages.ts";
import { type Block, blocksOf, placeOf } from "./blocks.ts";
import { BLOCKS, DOCS, markdownOf } from "./site.ts";

/** What is only looked at: other people's programs, output, and files of other programs. */
const SHOWN = ["py", "text", "nginx"];
const CHECKED = ["ts", "tsx", "sh", "json", "jsonl"];
const WIRE: Readonly<Record<string, z.ZodType>> = { command: Command, event: Event, control: ControlFrame };

describe.each(PAGES)("$path", ({ path, en, zh }) => {
  const blocks = BLOCKS.get(path) ?? [];

  it("is there in both languages, under the name that the menu gives it", () => {
    expect(markdownOf(path)).toContain(`\n# ${en}\n`.trimStart());
    expect(markdownOf(`zh/${path}`)).toContain(`\n# ${zh}\n`.trimStart());
  });

  it("has the same blocks and as many sections in Chinese", () => {
    const plain = (all: readonly Block[]): unknown[] => all.map(({ page: _, line: __, ...block }) => block);
    expect(plain(blocksOf(path, markdownOf(`zh/${path}`)))).toEqual(plain(blocks));
    expect(headings(markdownOf(`zh/${path}`))).toEqual(headings(markdownOf(path)));
  });

  it("says of each block what it is", () => {
    for (const block of blocks) {
      const known = [...SHOWN, ...CHECKED].includes(block.language);
      expect(known, `${placeOf(block)}: "${block.language}" is not checked by anything`).toBe(true);
      const shown = block.not_run !== null && block.language !== "sh";
      expect(shown, `${placeOf(block)}: only sh blocks are run`).toBe(false);
    }
  });

  it("has JSON that is JSON, and frames that the wire's schemas take", () => {
    for (const block of blocks.filter(({ language }) => language.startsWith("json"))) {
      const texts = block.language === "json" ? [block.code] : block.code.trim().split("\n");
      for (const text of texts) expect(problemOf(text, block.title), `${placeOf(block)}: ${text}`).toBeNull();
    }
  });

  it("names only files that exist", () => {
    for (const language of ["", "zh/"]) {
      const file = resolve(DOCS, `${language}${path}.md`);
      const missing = linksOf(markdownOf(`${language}${path}`))
        .filter((href) => leadsOutside(href, file))
        .filter((href) => !existsSync(resolve(dirname(file), href.split("#")[0] ?? "")));
      expect(missing).toEqual([]);
    }
  });
});

it("every page is in the menu", () => {
  const known = PAGES.flatMap(({ path }) => [`${path}.md`, `zh/${path}.md`]);
  const found = globSync("**/*.md", { cwd: DOCS, exclude: ["**/node_modules/**", ".vitepress/**"] });
  expect(found.toSorted()).toEqual(known.toSorted());
});

/** The levels of a page's headings, outside of blocks. */
function headings(markdown: string): string[] {
  const text = markdown.replaceAll(/^```[\s\S]*?^```$/gmu, "");
  return [...text.matchAll(/^(#+) /gmu)].map(([, level = ""]) => level);
}

function linksOf(markdown: string): string[] {
  return [...markdown.replaceAll(/^```[\s\S]*?^```$/gmu, "").matchAll(/\]\(([^)\s]+)\)/gu)].map(
    ([, href = ""]) => href,
  );
}

function problemOf(text: string, direction: string | null): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return String(error);
  }
  if (direction === null) return null;
  const schema = WIRE[direction];
  if (schema === undefined) return `no such direction: ${direction}`;
  return schema.safeParse(value).error?.message ?? null;
}
