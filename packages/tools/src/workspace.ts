import { constants } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { isSecret } from "./secret-names.ts";

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

const PATH_LENGTH = 4096;

/**
 * Opens a file or folder for reading, if it lies in the workspace: by its name, by its real path, and again once it is
 * open, so that no swap of a link in between leads out. Refused as well: what is neither, and what holds secrets.
 *
 * @param workspace absolute path of the folder
 * @param path as the model gave it: from the workspace's folder, or absolute and inside of it
 * @throws WorkspaceError
 */
export async function openInside(workspace: string, path: string, kind: "file" | "folder"): Promise<Opened> {
  if (path.includes("\0") || path.length > PATH_LENGTH) throw new WorkspaceError("The path is not valid.");
  const root = await realpath(workspace).catch(() => {
    throw new WorkspaceError("The workspace folder does not exist.");
  });
  const named = resolve(workspace, path);
  // An absolute path may be given by the folder's real name or by the one it is configured with.
  const shown = insideOf(workspace, named) ?? insideOf(root, named);
  if (shown === null) throw outside();
  assertNoSecret(shown);
  try {
    return await openReal(root, named, shown, kind);
  } catch (error) {
    throw told(error, shown);
  }
}

async function openReal(root: string, named: string, path: string, kind: "file" | "folder"): Promise<Opened> {
  const real = await realpath(named);
  const inside = insideOf(root, real);
  if (inside === null) throw outside();
  assertNoSecret(inside);
  // Opening a pipe would wait and opening a device may do something, so it is looked at first.
  const found = await lstat(real);
  if (kind === "file" ? !found.isFile() : !found.isDirectory()) throw notA(kind, path);
  const folder = kind === "folder" ? constants.O_DIRECTORY : 0;
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | folder);
  try {
    const opened = await handle.stat();
    if (kind === "file" ? !opened.isFile() : !opened.isDirectory()) throw notA(kind, path);
    await assertStillInside(root, handle, real);
    return { handle, path, real, size: opened.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A folder above may have become a link between the check and the opening: asks what was opened in the end. */
async function assertStillInside(root: string, handle: FileHandle, real: string): Promise<void> {
  const opened = await openedPath(handle);
  if (opened !== null) {
    const inside = insideOf(root, opened);
    if (inside === null) throw outside();
    assertNoSecret(inside);
    return;
  }
  const [again, here, there] = await Promise.all([realpath(real), handle.stat(), stat(real)]);
  if (again !== real || here.ino !== there.ino || here.dev !== there.dev) throw outside();
}

/** Only Linux tells the path of what is open. */
async function openedPath(handle: FileHandle): Promise<string | null> {
  return process.platform === "linux" ? readlink(`/proc/self/fd/${handle.fd}`).catch(() => null) : null;
}

function insideOf(root: string, path: string): string | null {
  const found = relative(root, path);
  if (found === ".." || found.startsWith(`..${sep}`) || isAbsolute(found)) return null;
  return sep === "/" ? found : found.replaceAll(sep, "/");
}

function assertNoSecret(path: string): void {
  if (path.split("/").some(isSecret)) {
    throw new WorkspaceError("This path may hold secrets (keys, .env files, .git) and cannot be read.");
  }
}

const outside = (): WorkspaceError => new WorkspaceError("The path leads out of the workspace.");

const notA = (kind: "file" | "folder", path: string): WorkspaceError =>
  new WorkspaceError(kind === "file" ? `Not a regular file: ${path || "."}` : `Not a folder: ${path || "."}`);

function told(error: unknown, path: string): unknown {
  if (error instanceof WorkspaceError || !(error instanceof Error)) return error;
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ENOTDIR":
      return new WorkspaceError(`There is no such file or folder: ${path || "."}`);
    case "EACCES":
    case "EPERM":
      return new WorkspaceError(`No permission to read: ${path || "."}`);
    case "ELOOP":
      return new WorkspaceError("The path leads through links that lead nowhere.");
    default:
      return new WorkspaceError(
        `This cannot be read (${(error as NodeJS.ErrnoException).code ?? "error"}): ${path || "."}`,
      );
  }
}
