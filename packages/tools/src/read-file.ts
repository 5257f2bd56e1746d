import type { FileHandle } from "node:fs/promises";
import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";
import { pathArgument, pathSubjects } from "./path-argument.ts";
import { openInside, type Workspace } from "./workspace.ts";

/** Text in one result, without the note at its end. UTF-16 code units. */
const SHOWN_TEXT = 256 * 1024 - 256;
const SHOWN_LINES = 2_000;

/** A line that lies further into a file is not reached. Bytes. */
const SCANNED = 64 * 1024 * 1024;

const CHUNK = 64 * 1024;

/** What a file of the workspace says. */
export function readFile(workspace: Workspace): Tool {
  return defineTool({
    name: "read_file",
    description: `Reads a text file of the workspace, ${SHOWN_LINES} lines unless limit says otherwise. A note at the end tells when the file goes on.`,
    parameters: z.object({
      path: pathArgument(workspace, "read").describe("File, relative to the workspace"),
      offset: z.int().min(1).optional().describe("First line, counted from 1"),
      limit: z.int().min(1).max(100_000).optional().describe("Number of lines"),
    }),
    // Reads what it may, but rules can speak of a path.
    permission: { default: "allow", subjects: ({ path }) => pathSubjects(workspace, path) },
    // Who wrote what lies in a folder is not known.
    traits: ["private", "untrusted"],
    execute: async ({ path, offset = 1, limit = SHOWN_LINES }, { signal }) => {
      const { handle } = await openInside(workspace, path, "file");
      try {
        const read = await readLines(handle, offset, limit, signal);
        return read.more === null
          ? { content: read.text }
          : { content: `${read.text}\n[${read.more}]`, truncated: true };
      } finally {
        await handle.close();
      }
    },
  });
}

/** `more`: what was left out behind the text, in words; null where nothing was. */
interface Lines {
  readonly text: string;
  readonly more: string | null;
}

async function readLines(handle: FileHandle, first: number, count: number, signal: AbortSignal): Promise<Lines> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(CHUNK);
  const end = first + count;
  let line = 1;
  let text = "";
  for (let scanned = 0; scanned < SCANNED; ) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, scanned);
    if (bytesRead === 0) return finish(text + decoder.decode(), first, line, scanned);
    const bytes = buffer.subarray(0, bytesRead);
    const piece = decoder.decode(bytes, { stream: true });
    if (bytes.includes(0) || (scanned === 0 && isGarbled(piece))) {
      throw new Error("This is a binary file, or its text is not UTF-8: it cannot be shown.");
    }
    scanned += bytesRead;
    for (let at = 0; at < piece.length; ) {
      const newline = piece.indexOf("\n", at);
      const next = newline === -1 ? piece.length : newline + 1;
      if (line >= end) return { text, more: `The file goes on: read with offset ${end}.` };
      if (line >= first) text += piece.slice(at, next);
      if (text.length > SHOWN_TEXT) return cut(text, line);
      if (newline !== -1) line += 1;
      at = next;
    }
  }
  return { text, more: `The rest is more than ${SCANNED / 1024 / 1024} MiB into the file and cannot be reached.` };
}

function finish(text: string, first: number, line: number, size: number): Lines {
  if (size === 0) return { text: "(The file is empty.)", more: null };
  if (text === "" && first > 1) throw new Error(`The file has no line ${first}: it ends with line ${line}.`);
  return { text, more: null };
}

/** The text is too long by its last line: leaves that out, or cuts it where it is the only one. */
function cut(text: string, line: number): Lines {
  const shown = text.slice(0, SHOWN_TEXT);
  const newline = shown.lastIndexOf("\n");
  if (newline !== -1) return { text: shown.slice(0, newline + 1), more: `The file goes on: read with offset ${line}.` };
  return { text: shown.replace(/[\ud800-\udbff]$/, ""), more: `Line ${line} is too long and was cut.` };
}

/** More than a tenth of it could not be decoded. */
function isGarbled(piece: string): boolean {
  return piece.split("\ufffd").length - 1 > piece.length / 10;
}
