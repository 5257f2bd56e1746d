import { readdir } from "node:fs/promises";
import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";
import { globTest, PATTERN_LENGTH } from "./glob.ts";
import { isSecret } from "./secret-names.ts";
import { type Opened, openInside, WorkspaceError } from "./workspace.ts";

/** Files that are named in a result. */
export const SHOWN_FILES = 1_000;

/** Entries that are looked at, and folders below each other. */
const WALK: { readonly entries: number; readonly depth: number } = { entries: 50_000, depth: 64 };

/** Which files there are in the workspace. */
export function listFiles(workspace: string): Tool {
  return defineTool({
    name: "list_files",
    description: `Lists the files of a folder and of all folders in it, at most ${SHOWN_FILES}. Answers with JSON: path, files (relative to the workspace, sorted), total, truncated. Hidden folders and node_modules are left out.`,
    parameters: z.object({
      path: z.string().optional().describe("Folder, relative to the workspace; the workspace itself by default"),
      pattern: z
        .string()
        .max(PATTERN_LENGTH)
        .optional()
        .describe(
          "Glob with *, ** and ?, such as src/**/*.ts, relative to path. Without a slash it is held against file names.",
        ),
    }),
    execute: async ({ path = ".", pattern }, { signal }) => {
      const walk = new Walk(workspace, pattern === undefined ? () => true : globTest(pattern), signal);
      const start = await walk.from(path);
      const files = walk.files.sort((a, b) => (a < b ? -1 : 1));
      const truncated = walk.stopped || files.length > SHOWN_FILES;
      const shown = { path: start || ".", files: files.slice(0, SHOWN_FILES), total: files.length, truncated };
      return { content: JSON.stringify(shown), truncated };
    },
  });
}

class Walk {
  /** From the workspace, with `/`, in no order. */
  readonly files: string[] = [];
  /** The walk was ended before all was seen. */
  stopped = false;
  readonly #workspace: string;
  readonly #wanted: (path: string) => boolean;
  readonly #signal: AbortSignal;
  #seen = 0;

  constructor(workspace: string, wanted: (path: string) => boolean, signal: AbortSignal) {
    this.#workspace = workspace;
    this.#wanted = wanted;
    this.#signal = signal;
  }

  /** @returns the folder's path from the workspace */
  async from(path: string): Promise<string> {
    const start = await openInside(this.#workspace, path, "folder");
    await this.#read(start, start.path, 0);
    return start.path;
  }

  async #folder(path: string, start: string, depth: number): Promise<void> {
    if (depth > WALK.depth) {
      this.stopped = true;
      return;
    }
    let opened: Opened;
    try {
      opened = await openInside(this.#workspace, path, "folder");
    } catch (error) {
      // It went away, or may not be read: the others still can.
      if (error instanceof WorkspaceError) return;
      throw error;
    }
    await this.#read(opened, start, depth);
  }

  async #read(folder: Opened, start: string, depth: number): Promise<void> {
    this.#signal.throwIfAborted();
    const folders: string[] = [];
    try {
      // By what was opened, not by a name that may lead elsewhere by now.
      const place = process.platform === "linux" ? `/proc/self/fd/${folder.handle.fd}` : folder.real;
      for (const entry of await readdir(place, { withFileTypes: true })) {
        this.#seen += 1;
        if (this.#seen > WALK.entries) this.stopped = true;
        if (this.stopped) break;
        if (isSecret(entry.name)) continue;
        const path = folder.path === "" ? entry.name : `${folder.path}/${entry.name}`;
        // Links are left out: what they lead to is listed where it is, if it is in the workspace.
        if (entry.isDirectory()) {
          if (!entry.name.startsWith(".") && entry.name !== "node_modules") folders.push(path);
        } else if (entry.isFile() && this.#wanted(start === "" ? path : path.slice(start.length + 1))) {
          this.files.push(path);
        }
      }
    } finally {
      await folder.handle.close();
    }
    for (const path of folders) {
      if (this.stopped) return;
      await this.#folder(path, start, depth + 1);
    }
  }
}
