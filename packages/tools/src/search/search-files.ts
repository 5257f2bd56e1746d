import { defineTool, type Tool, type ToolOutput } from "@millrace/agent";
import { z } from "zod";
import { globTest, PATTERN_LENGTH } from "../glob.ts";
import { locate, openInside, type Workspace, WorkspaceError } from "../workspace.ts";
import { literalSearch } from "./literal-search.ts";
import { type Matches, type Search, SHOWN_MATCHES } from "./match.ts";
import { findRipgrep, ripgrep } from "./ripgrep.ts";

const SEARCH_MS = 20_000;

export interface SearchFilesOptions {
  /** Folders where `rg` is looked for; those of the environment by default. */
  readonly PATH?: string | undefined;
}

/** Finds lines in the files of the workspace. */
export function searchFiles(workspace: Workspace, { PATH = process.env.PATH }: SearchFilesOptions = {}): Tool {
  return defineTool({
    name: "search_files",
    description: `Searches the files of the workspace for a regular expression (ripgrep's syntax, case-sensitive unless it begins with (?i)), line by line. Answers with path:line: text, at most ${SHOWN_MATCHES} lines. Hidden folders, node_modules and what .gitignore names are left out.`,
    parameters: z.object({
      pattern: z.string().min(1).max(1_000),
      path: z
        .string()
        .min(1)
        .max(4096)
        .optional()
        .describe("Folder or file, or a glob of files such as src/**/*.ts, relative to the workspace; all by default"),
    }),
    // Who wrote what lies in a folder is not known.
    traits: ["private", "untrusted"],
    execute: async ({ pattern, path = "." }, { signal }) => {
      const { start, wanted } = scopeOf(path);
      const place = await open(workspace, start);
      const { refusal } = await locate(workspace, start);
      const search = {
        pattern,
        start: place.path,
        wanted: (file: string) => wanted(file) && refusal(file) === null,
        signal,
        late: AbortSignal.timeout(SEARCH_MS),
      };
      const rg = findRipgrep(workspace, PATH);
      return rg === null
        ? shown(await literalSearch(workspace, search, place.isFile), search, LITERAL)
        : shown(await ripgrep(workspace, rg, search, place.isFile), search, null);
    },
  });
}

const LITERAL = "ripgrep is not installed: the pattern was taken as plain text, not as a regular expression.";

interface Scope {
  readonly start: string;
  readonly wanted: (path: string) => boolean;
}

/** A glob begins at the folders that have no wildcard in them. */
function scopeOf(path: string): Scope {
  if (!/[*?]/.test(path)) return { start: path, wanted: () => true };
  if (path.length > PATTERN_LENGTH) throw new Error(`A glob has at most ${PATTERN_LENGTH} characters.`);
  if (path.startsWith("/") || path.split("/").includes("..")) {
    throw new WorkspaceError("A glob is relative to the workspace, without `..`.");
  }
  const segments = path.split("/");
  const fixed = segments.slice(
    0,
    segments.findIndex((segment) => /[*?]/.test(segment)),
  );
  return { start: fixed.join("/") || ".", wanted: globTest(path) };
}

async function open(workspace: Workspace, path: string): Promise<{ path: string; isFile: boolean }> {
  const { file, opened } = await openInside(workspace, path, "folder").then(
    (folder) => ({ file: false, opened: folder }),
    async (error: unknown) => {
      const tried = await openInside(workspace, path, "file").catch(() => null);
      if (tried === null) throw error;
      return { file: true, opened: tried };
    },
  );
  await opened.handle.close();
  return { path: opened.path, isFile: file };
}

function shown({ matches, complete }: Matches, { late }: Search, note: string | null): ToolOutput {
  const files = new Set(matches.map(({ path }) => path)).size;
  const lines = matches.map(({ path, line, text }) => `${path}:${line}: ${text}`);
  const notes = [summary(matches.length, files, complete, late.aborted), ...(note === null ? [] : [note])];
  const content = [...(lines.length === 0 ? [] : [...lines, ""]), `[${notes.join(" ")}]`].join("\n");
  return complete ? { content } : { content, truncated: true };
}

function summary(count: number, files: number, complete: boolean, late: boolean): string {
  if (count === 0) return complete ? "No line matches." : "Nothing was found before the search was ended.";
  const found = `${count} matching ${count === 1 ? "line" : "lines"} in ${files} ${files === 1 ? "file" : "files"}`;
  if (complete) return `${found}.`;
  if (late) return `${found}, then the search took too long: narrow the pattern or the path.`;
  return `${found}, and there are more: narrow the pattern or the path.`;
}
