import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";
import { pathArgument, writePermission } from "./path-argument.ts";
import { findFile, replaceFile, WRITTEN_BYTES } from "./replace-file.ts";
import type { Workspace } from "./workspace.ts";
import { withWritePlace } from "./write-place.ts";

/** Makes a file of the workspace, or replaces what is in it. */
export function writeFile(workspace: Workspace): Tool {
  return defineTool({
    name: "write_file",
    description:
      "Writes a whole text file of the workspace, at most 1 MiB; missing folders are made. An existing file is replaced: to change part of one, use edit_file.",
    parameters: z.object({
      path: pathArgument(workspace, "write").describe("File, relative to the workspace"),
      content: z.string().max(WRITTEN_BYTES).describe("All of the file's text"),
    }),
    permission: writePermission(workspace),
    execute: async ({ path, content }, { signal }) => {
      const bytes = encode(content);
      return withWritePlace(workspace, path, true, async (place) => {
        const found = await findFile(place);
        await replaceFile(place, found, bytes, signal);
        return { content: `${found === null ? "Made" : "Replaced"} ${path}: ${sizeOf(content, bytes)}.` };
      });
    },
  });
}

/** @throws Error where the text is too long or is none */
export function encode(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new Error("The text holds half of a character (a lone surrogate).");
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= WRITTEN_BYTES) return bytes;
  throw new Error(`The file would have ${bytes.length} bytes; at most ${WRITTEN_BYTES} are written.`);
}

function sizeOf(text: string, bytes: Uint8Array): string {
  const lines = text.split("\n").length - (text === "" || text.endsWith("\n") ? 1 : 0);
  return `${lines} ${lines === 1 ? "line" : "lines"}, ${bytes.length} ${bytes.length === 1 ? "byte" : "bytes"}`;
}
