import { isAbsolute } from "node:path";
import type { Tool } from "@millrace/agent";
import { currentTime } from "./current-time.ts";
import { listFiles } from "./list-files.ts";
import { readFile } from "./read-file.ts";

export interface WorkspaceToolsOptions {
  /** Absolute path of the folder the tools may read. It may be missing: then their calls fail. */
  readonly workspace: string;
  /** Unix time in milliseconds. */
  readonly clock: { now(): number };
}

/** The tools that only look: `current_time`, `list_files`, `read_file`. Throws where `workspace` is not absolute. */
export function workspaceTools({ workspace, clock }: WorkspaceToolsOptions): Tool[] {
  if (!isAbsolute(workspace)) throw new TypeError("The workspace must be an absolute path.");
  return [currentTime(clock), listFiles(workspace), readFile(workspace)];
}
