import { constants } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { isSecret } from "./secret-names.ts";

/** The folder that the tools may touch. */
export interface Workspace {
  /** Absolute path. */
  readonly folder: string;
  /** Absolute paths of files and folders that stay out of reach, with all that is in them. */
  readonly protected_paths: readonly string[];
}

/** A path is refused, or what it names is not there. The message is for the model and names no host path. */
export class WorkspaceError extends Error {
  override readonly name = "WorkspaceError";
}

/** Something of the workspace, opened. Close `handle`. */
export interface Opened {
  readonly handle: FileHandle;
  /** From the workspace's folder, with `/`; "" for the folder itself. */
  readonly path: string;
  /** Where it really is, when it was checked. */
  readonly real: string;
  readonly size: number;
}

/** A path that was given, and what it is held against. */
export interface Named {
  /** The workspace's real path. */
  readonly root: string;
  /** Absolute, with no `..` in it; links may be. */
  readonly named: string;
  /** The same from the workspace's folder, with `/`. */
  readonly path: string;
  /**
   * Tells where a real path lies in the workspace, with `/`.
   *
   * @throws WorkspaceError where it does not, or what lies there must be left alone
   */
  inside(real: string): string;
  /** Why what lies at a path of the workspace must be left alone; null where it need not. */
  refusal(path: string): string | null;
}

const PATH_LENGTH = 4096;

/** @throws WorkspaceError where the path's name alone says that it is out of reach, or the workspace is gone */
export async function locate(workspace: Workspace, asked: string): Promise<Named> {
  if (asked.includes("\0") || asked.length > PATH_LENGTH) throw new WorkspaceError("The path is not valid.");
  const root = await realpath(workspace.folder).catch(() => {
    throw new WorkspaceError("The workspace folder does not exist.");
  });
  const kept = await protectedIn(workspace, root);
  const named = resolve(workspace.folder, asked);
  // An absolute path may be given by the folder's real name or by the one it is configured with.
  const refusal = (at: string): string | null => secretRefusal(at) ?? keptRefusal(at, kept);
  const allowed = (at: string | null): string => {
    if (at === null) throw outside();
    const why = refusal(at);
    if (why !== null) throw new WorkspaceError(why);
    return at;
  };
  const path = allowed(insideOf(workspace.folder, named) ?? insideOf(root, named));
  return { root, named, path, inside: (real) => allowed(insideOf(root, real)), refusal };
}

/**
 * Opens a file or folder for reading, if it lies in the workspace: by its name, by its real path, and again once it is
 * open, so that no swap of a link in between leads out. Refused as well: what is neither, what holds secrets, and what
 * is protected.
 *
 * @param path as the model gave it: from the workspace's folder, or absolute and inside of it
 * @throws WorkspaceError
 */
export async function openInside(workspace: Workspace, path: string, kind: "file" | "folder"): Promise<Opened> {
  const place = await locate(workspace, path);
  try {
    return await openReal(place, kind);
  } catch (error) {
    throw told(error, place.path, "read");
  }
}

async function openReal({ named, path, inside }: Named, kind: "file" | "folder"): Promise<Opened> {
  const real = await realpath(named);
  inside(real);
  // Opening a pipe would wait and opening a device may do something, so it is looked at first.
  const found = await lstat(real);
  if (kind === "file" ? !found.isFile() : !found.isDirectory()) throw notA(kind, path);
  const folder = kind === "folder" ? constants.O_DIRECTORY : 0;
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | folder);
  try {
    const opened = await handle.stat();
    if (kind === "file" ? !opened.isFile() : !opened.isDirectory()) throw notA(kind, path);
    // A folder above may have become a link between the check and the opening: asks what was opened in the end.
    const where = await openedPath(handle);
    if (where !== null) inside(where);
    else if (!(await isStillAt(handle, real))) throw outside();
    return { handle, path, real, size: opened.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The path of what is open; null where the system does not tell: only Linux does. */
export async function openedPath(handle: FileHandle): Promise<string | null> {
  return process.platform === "linux" ? readlink(`/proc/self/fd/${handle.fd}`).catch(() => null) : null;
}

/** Whether a real path still names what was opened there, with no link on the way. */
export async function isStillAt(handle: FileHandle, real: string): Promise<boolean> {
  const opened = await openedPath(handle);
  if (opened !== null) return opened === real;
  const [again, here, there] = await Promise.all([realpath(real), handle.stat(), stat(real)]);
  return again === real && here.ino === there.ino && here.dev === there.dev;
}

/** The path of `path` from `root`, with `/`; null where it leads out. */
export function insideOf(root: string, path: string): string | null {
  const found = relative(root, path);
  if (found === ".." || found.startsWith(`..${sep}`) || isAbsolute(found)) return null;
  return sep === "/" ? found : found.replaceAll(sep, "/");
}

/** The protected paths that lie in the workspace, from its folder and in lower case, by their names and by their real paths. */
async function protectedIn(workspace: Workspace, root: string): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  for (const path of workspace.protected_paths) {
    const real = await realpath(path).catch(() => path);
    for (const found of [insideOf(workspace.folder, path), insideOf(root, real)]) {
      if (found !== null) kept.add(found.toLowerCase());
    }
  }
  return kept;
}

/** Why a path must be left alone for what its name says; null where it need not. */
export function secretRefusal(path: string): string | null {
  if (!path.split("/").some(isSecret)) return null;
  return "This path may hold secrets (keys, .env files, .git): no tool reads or writes it.";
}

function keptRefusal(path: string, kept: ReadonlySet<string>): string | null {
  if (kept.size === 0) return null;
  const segments = path.toLowerCase().split("/");
  const isKept = kept.has("") || segments.some((_, at) => kept.has(segments.slice(0, at + 1).join("/")));
  return isKept ? "This path belongs to the server itself: no tool reads or writes it." : null;
}

const outside = (): WorkspaceError => new WorkspaceError("The path leads out of the workspace.");

export const notA = (kind: "file" | "folder", path: string): WorkspaceError =>
  new WorkspaceError(kind === "file" ? `Not a regular file: ${path || "."}` : `Not a folder: ${path || "."}`);

/** What the model is told of an error of the file system. */
export function told(error: unknown, path: string, doing: "read" | "write"): unknown {
  if (error instanceof WorkspaceError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new WorkspaceError(`There is no such file or folder: ${path || "."}`);
    case "EACCES":
    case "EPERM":
      return new WorkspaceError(`No permission to ${doing}: ${path || "."}`);
    case "ELOOP":
      return new WorkspaceError("The path leads through links that lead nowhere.");
    case "ENOSPC":
    case "EDQUOT":
      return new WorkspaceError("The disk is full.");
    default:
      return new WorkspaceError(`Cannot ${doing} (${code}): ${path || "."}`);
  }
}
