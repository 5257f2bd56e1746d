import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { access, lstat, open, rename, unlink } from "node:fs/promises";
import { isStillAt, notA, WorkspaceError } from "./workspace.ts";
import { moved, type WritePlace } from "./write-place.ts";

/** Longest file that is written or edited. Bytes. */
export const WRITTEN_BYTES: number = 1024 * 1024;

/** What lies at the place; null where nothing does. Throws where it is anything but a file that may be written. */
export async function findFile(place: WritePlace): Promise<Stats | null> {
  const found = await lstat(place.at(place.name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return null;
  });
  if (found === null) return null;
  if (found.isSymbolicLink()) throw new WorkspaceError("The path leads through links that lead nowhere.");
  if (!found.isFile()) throw notA("file", place.path);
  await access(place.at(place.name), constants.W_OK);
  return found;
}

/** @throws WorkspaceError where the file is too long, or is another one by now */
export async function readFound(place: WritePlace, found: Stats): Promise<Uint8Array> {
  const handle = await open(place.at(place.name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!isSame(await handle.stat(), found)) throw changed();
    if (found.size > WRITTEN_BYTES) {
      throw new WorkspaceError(`The file is longer than ${WRITTEN_BYTES / 1024 / 1024} MiB.`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/**
 * Puts a file in the place of what was found there, whole or not at all: whoever reads sees the old one or the new one.
 * The mode stays, and the owner where that is possible. Hard links to the old file keep the old content.
 *
 * @throws WorkspaceError where something else is found by now
 */
export async function replaceFile(
  place: WritePlace,
  found: Stats | null,
  content: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const made = place.at(`.millrace-${randomBytes(6).toString("hex")}.tmp`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(made, flags, found === null ? 0o666 : 0o600);
  try {
    try {
      await handle.writeFile(content);
      if (found !== null) {
        const { uid, gid, mode } = found;
        // Fails where we are neither root nor in that group; the file is then ours.
        await handle.chown(uid, gid).catch(() => {});
        await handle.chmod(mode & 0o777);
      }
      await handle.datasync();
    } finally {
      await handle.close();
    }
    const now = await findFile(place);
    if (now === null ? found !== null : found === null || !isSame(now, found)) throw changed();
    if (!(await isStillAt(place.folder, place.real))) throw moved();
    signal.throwIfAborted();
    await rename(made, place.at(place.name));
  } catch (error) {
    await unlink(made).catch(() => {});
    throw error;
  }
}

const isSame = (a: Stats, b: Stats): boolean =>
  a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs;

const changed = (): WorkspaceError =>
  new WorkspaceError("The file was changed by something else meanwhile. Nothing was written; read it again.");
