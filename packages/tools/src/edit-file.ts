import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";
import { editExcerpt } from "./edit-excerpt.ts";
import { pathArgument, writePermission } from "./path-argument.ts";
import { findFile, readFound, replaceFile, WRITTEN_BYTES } from "./replace-file.ts";
import { replaceOnce } from "./text-edit.ts";
import { type Workspace, WorkspaceError } from "./workspace.ts";
import { encode } from "./write-file.ts";
import { withWritePlace } from "./write-place.ts";

/** Replaces one passage of a file. */
export function editFile(workspace: Workspace): Tool {
  return defineTool({
    name: "edit_file",
    description:
      "Replaces one passage of a text file of the workspace. old must occur exactly once, whitespace included: read the file first, and take in enough lines around the change. Line endings stay as they are. Answers with the changed lines.",
    parameters: z.object({
      path: pathArgument(workspace, "write").describe("File, relative to the workspace"),
      old: z.string().min(1).max(WRITTEN_BYTES).describe("The passage as it stands in the file"),
      new: z.string().max(WRITTEN_BYTES).describe("What it becomes; empty to delete it"),
    }),
    permission: writePermission(workspace),
    execute: async ({ path, old, new: replacement }, { signal }) =>
      withWritePlace(workspace, path, false, async (place) => {
        const found = await findFile(place);
        if (found === null) throw new WorkspaceError(`There is no such file or folder: ${path}`);
        const before = decode(await readFound(place, found));
        const edit = replaceOnce(before, old, replacement);
        await replaceFile(place, found, encode(edit.text), signal);
        return { content: `Edited ${path}.\n\n${editExcerpt(before, edit)}` };
      }),
  });
}

/** A byte order mark stays in the text. */
function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {}
  throw new WorkspaceError("This is a binary file, or its text is not UTF-8: it cannot be edited.");
}
