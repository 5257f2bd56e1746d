import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PAGES } from "../pages.ts";
import { type Block, blocksOf } from "./blocks.ts";

export const DOCS: string = resolve(import.meta.dirname, "..");
export const ROOT: string = resolve(DOCS, "..");

export const markdownOf = (path: string): string => readFileSync(join(DOCS, `${path}.md`), "utf8");

/** The English pages' blocks by page; the Chinese ones are the same, which a test of its own says. */
export const BLOCKS: ReadonlyMap<string, readonly Block[]> = new Map(
  PAGES.map(({ path }) => [path, blocksOf(path, markdownOf(path))]),
);
