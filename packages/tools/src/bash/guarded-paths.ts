import type { Dirent } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { isSecret } from "../secret-names.ts";

/** How far the workspace is searched: what lies deeper is not guarded. */
const SEARCH = { depth: 4, folders: 2_000 } as const;

/** Each is one mount; more are refused. */
const GUARDED = 500;

/** What people's own programs run or obey unasked: shells, git, editors, package managers, Millrace itself. */
const PROTECTED_NAMES: ReadonlySet<string> = new Set(
  [
    ".git .gitconfig .gitmodules .githooks .husky .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile",
    ".zshrc .zshenv .zprofile .zlogin .zlogout .inputrc .vscode .idea .devcontainer .mcp.json .claude .cursor .ripgreprc",
    ".yarnrc .yarnrc.yml .pnpmfile.cjs",
  ]
    .join(" ")
    .split(" "),
);

/** Whether commands must not change a file or folder of this name, wherever it lies in the workspace. */
export function isProtected(name: string): boolean {
  const plain = name.toLowerCase();
  return PROTECTED_NAMES.has(plain) || plain.startsWith("millrace.config.");
}

/** A file or folder of the workspace that commands get to see otherwise than it is. */
export interface GuardedPath {
  readonly path: string;
  readonly kind: "file" | "folder";
  /** It can be read and not changed, or not be read either. */
  readonly as: "protected" | "hidden";
  /** `device:inode`, by which it is known again once it is mounted. */
  readonly identity: string;
}

/**
 * What is to be guarded in a workspace as it is now. Links are left out: where they lead is outside of the sandbox, or
 * guarded by itself.
 *
 * @throws where it is more than a sandbox can take
 */
export async function findGuarded(
  workspace: string,
  protected_paths: readonly string[],
  hidden_paths: readonly string[],
): Promise<GuardedPath[]> {
  const found = new Map<string, GuardedPath["as"]>();
  for (const path of protected_paths) found.set(path, "protected");
  let folders = [workspace];
  let read = 0;
  for (let depth = 0; depth <= SEARCH.depth && folders.length > 0; depth++) {
    const below: string[] = [];
    for (const folder of folders) {
      if (read++ >= SEARCH.folders) break;
      for (const entry of await entriesOf(folder)) {
        const path = join(folder, entry.name);
        if (isProtected(entry.name)) found.set(path, "protected");
        else if (isSecret(entry.name)) found.set(path, "hidden");
        else if (entry.isDirectory() && entry.name !== "node_modules") below.push(path);
      }
    }
    folders = below;
  }
  for (const path of hidden_paths) found.set(path, "hidden");
  const guarded = (await Promise.all([...found].map(([path, as]) => look(path, as)))).filter((each) => each !== null);
  if (guarded.length > GUARDED) throw new Error("The workspace holds too many secret files for a sandbox.");
  return guarded.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

async function look(path: string, as: GuardedPath["as"]): Promise<GuardedPath | null> {
  const found = await lstat(path).catch(() => null);
  if (found === null || !(found.isFile() || found.isDirectory())) return null;
  if ((await realpath(path).catch(() => null)) !== path) return null;
  return { path, as, kind: found.isDirectory() ? "folder" : "file", identity: `${found.dev}:${found.ino}` };
}
