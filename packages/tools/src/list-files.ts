import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";
import { globTest, PATTERN_LENGTH } from "./glob.ts";
import { Walk } from "./walk.ts";
import type { Workspace } from "./workspace.ts";

/** Files that are named in a result. */
export const SHOWN_FILES = 1_000;

/** Which files there are in the workspace. */
export function listFiles(workspace: Workspace): Tool {
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
    // Who wrote what lies in a folder is not known.
    traits: ["private", "untrusted"],
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
