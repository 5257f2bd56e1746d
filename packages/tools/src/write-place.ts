import { constants } from "node:fs";
import { type FileHandle, mkdir, open, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isInstruction, writeRefusal } from "./guarded-names.ts";
import { isStillAt, locate, type Named, notA, openedPath, told, type Workspace, WorkspaceError } from "./workspace.ts";

/** Where a file is to be written. Its folder is open: what becomes of the folder's path leads nowhere else. */
export interface WritePlace {
  readonly folder: FileHandle;
  /** The folder's real path, when it was opened. */
  readonly real: string;
  readonly name: string;
  /** A path to something in the folder, through what is open. */
  at(name: string): string;
  /** From the workspace's folder, as it was asked for. */
  readonly path: string;
}

/** Calls that write the same file wait for each other: the second sees what the first has written. */
const writing = new Map<string, Promise<unknown>>();

/**
 * Opens the folder of a file that lies in the workspace and may be written; one write of a file at a time.
 * Links are followed as long as they stay inside; a link to instructions is not.
 *
 * @param parents whether missing folders are made
 * @throws WorkspaceError also in place of what `use` throws, where that came from the file system
 */
export async function withWritePlace<Result>(
  workspace: Workspace,
  path: string,
  parents: boolean,
  use: (place: WritePlace) => Promise<Result>,
): Promise<Result> {
  const named = await locate(workspace, path);
  if (named.path === "") throw notA("file", named.path);
  assertWritable(named.path);
  try {
    const found = await find(named);
    const real = join(found.real, ...found.missing, found.name);
    return await oneAtATime(real, async () => {
      const place = await openPlace(named, found, parents);
      try {
        return await use(place);
      } finally {
        await place.folder.close();
      }
    });
  } catch (error) {
    throw told(error, named.path, "write");
  }
}

/** The deepest folder on the way that exists, and what is to be made below it. */
interface Found {
  readonly real: string;
  readonly missing: readonly string[];
  readonly name: string;
}

async function find({ root, named, path, inside }: Named): Promise<Found> {
  const rest: string[] = [];
  let real: string | null = null;
  for (let at = named; real === null; at = dirname(at)) {
    real = await realpath(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return null;
    });
    if (real === null) rest.unshift(basename(at));
  }
  const inner = inside(join(real, ...rest));
  assertWritable(inner);
  if (isInstruction(inner) && !isInstruction(path)) {
    throw new WorkspaceError(`This path is a link. Name the file itself: ${inner}`);
  }
  if (rest.length > 0) return { real, missing: rest.slice(0, -1), name: rest.at(-1)! };
  if (real === root) throw notA("file", path);
  return { real: dirname(real), missing: [], name: basename(real) };
}

async function openPlace(named: Named, found: Found, parents: boolean): Promise<WritePlace> {
  let { real } = found;
  let folder = await openFolder(real);
  try {
    await assertAt(named, folder, real);
    let at = await through(folder, real);
    for (const name of found.missing) {
      if (!parents) throw new WorkspaceError(`There is no such file or folder: ${named.path}`);
      await mkdir(join(at, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
      const next = await openFolder(join(at, name));
      await folder.close();
      folder = next;
      real = join(real, name);
      await assertAt(named, folder, real);
      at = await through(folder, real);
    }
    return { folder, real, name: found.name, at: (name) => join(at, name), path: named.path };
  } catch (error) {
    await folder.close();
    throw error;
  }
}

const openFolder = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);

async function assertAt({ inside }: Named, folder: FileHandle, real: string): Promise<void> {
  inside(real);
  if (!(await isStillAt(folder, real))) throw moved();
}

export const moved = (): WorkspaceError =>
  new WorkspaceError("A folder on the way was moved or replaced meanwhile. Nothing was written.");

async function through(folder: FileHandle, real: string): Promise<string> {
  return (await openedPath(folder)) === null ? real : `/proc/self/fd/${folder.fd}`;
}

function assertWritable(path: string): void {
  const why = writeRefusal(path);
  if (why !== null) throw new WorkspaceError(why);
}

async function oneAtATime<Result>(key: string, use: () => Promise<Result>): Promise<Result> {
  const before = writing.get(key) ?? Promise.resolve();
  const mine = before.then(use, use);
  const done = mine.catch(() => {});
  writing.set(key, done);
  try {
    return await mine;
  } finally {
    if (writing.get(key) === done) writing.delete(key);
  }
}
