import { isAbsolute } from "node:path";
import type { Tool } from "@millrace/agent";
import { askUser } from "./ask-user.ts";
import { currentTime } from "./current-time.ts";
import { editFile } from "./edit-file.ts";
import { type FetchUrlOptions, fetchUrl } from "./fetch/fetch-url.ts";
import { listFiles } from "./list-files.ts";
import { readFile } from "./read-file.ts";
import { runAgent } from "./run-agent.ts";
import { searchFiles } from "./search/search-files.ts";
import type { Workspace } from "./workspace.ts";
import { writeFile } from "./write-file.ts";

export interface WorkspaceToolsOptions {
  /** Absolute path of the folder the tools may touch. It may be missing: then their calls fail. */
  readonly workspace: string;
  /** Unix time in milliseconds. */
  readonly clock: { now(): number };
  /** Absolute paths that no tool reads or writes, such as the server's own data folder; none by default. */
  readonly protected_paths?: readonly string[] | undefined;
  readonly fetch?: FetchUrlOptions | undefined;
}

/** The built-in tools, but for `bash` and those of other servers. Throws where a path is not absolute. */
export function workspaceTools(options: WorkspaceToolsOptions): Tool[] {
  const { workspace: folder, clock, protected_paths = [], fetch = {} } = options;
  if (!isAbsolute(folder)) throw new TypeError("The workspace must be an absolute path.");
  if (!protected_paths.every((path) => isAbsolute(path))) throw new TypeError("Protected paths must be absolute.");
  const workspace: Workspace = { folder, protected_paths };
  return [
    currentTime(clock),
    listFiles(workspace),
    readFile(workspace),
    searchFiles(workspace),
    writeFile(workspace),
    editFile(workspace),
    fetchUrl(fetch),
    askUser(),
    runAgent(),
  ];
}
