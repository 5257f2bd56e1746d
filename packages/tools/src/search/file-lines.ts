import { openInside, type Workspace, WorkspaceError } from "../workspace.ts";
import { SEARCHED_BYTES } from "./match.ts";

/**
 * The lines of a file, without CR or LF at their ends, by the confined way that every read takes. Null where it is out
 * of reach, gone, too large, or no text.
 */
export async function fileLines(workspace: Workspace, path: string): Promise<string[] | null> {
  const bytes = await readWhole(workspace, path);
  if (bytes === null || bytes.includes(0)) return null;
  const lines = new TextDecoder().decode(bytes).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

async function readWhole(workspace: Workspace, path: string): Promise<Uint8Array | null> {
  try {
    const { handle, size } = await openInside(workspace, path, "file");
    try {
      return size > SEARCHED_BYTES ? null : await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof WorkspaceError) return null;
    throw error;
  }
}
