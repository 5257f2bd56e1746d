import { setImmediate } from "node:timers/promises";
import { Walk } from "../walk.ts";
import type { Workspace } from "../workspace.ts";
import { fileLines } from "./file-lines.ts";
import { cutLine, type Match, type Matches, type Search, SHOWN_MATCHES } from "./match.ts";

/**
 * Finds the lines that hold a text, character for character: a foreign regular expression is never run in this process
 * (T33).
 */
export async function literalSearch(workspace: Workspace, search: Search, isFile: boolean): Promise<Matches> {
  const walk = new Walk(workspace, () => true, search.signal);
  if (!isFile) await walk.from(search.start);
  const files = isFile ? [search.start] : walk.files.sort((a, b) => (a < b ? -1 : 1));
  const matches: Match[] = [];
  for (const path of files) {
    if (!search.wanted(path)) continue;
    search.signal.throwIfAborted();
    if (search.late.aborted) return { matches, complete: false };
    const lines = (await fileLines(workspace, path)) ?? [];
    for (const [at, text] of lines.entries()) {
      if (!text.includes(search.pattern)) continue;
      if (matches.length === SHOWN_MATCHES) return { matches, complete: false };
      matches.push({ path, line: at + 1, text: cutLine(text) });
    }
    await setImmediate();
  }
  return { matches, complete: !walk.stopped };
}
