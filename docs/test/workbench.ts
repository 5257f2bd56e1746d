import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Block } from "./blocks.ts";
import { DOCS } from "./site.ts";

/** A folder for a page's blocks, from which `@millrace/*` is found; not in `node_modules`, where Node strips no types. */
export class Workbench implements Disposable {
  readonly folder: string;

  constructor() {
    const parent = join(DOCS, "dist");
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, "blocks-"));
    this.write("package.json", JSON.stringify({ type: "module" }));
  }

  /** @returns the file's path */
  write(name: string, text: string): string {
    const file = join(this.folder, name);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const isCode = ({ language }: Block): boolean => language === "ts" || language === "tsx";

/** The name of a block's file: others of its page may import it where the page names it. */
export const fileOf = ({ title, line, language }: Block): string => title ?? `line-${line}.${language}`;
