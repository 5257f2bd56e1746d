import { lstat, readdir, realpath, rename } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { isProtected } from "./guarded-paths.ts";

/**
 * A mount keeps what is there from being changed, but nothing can be mounted where nothing is: what a command made under
 * a protected name, directly in the workspace or at a protected path, is put aside when the command has ended.
 */
export class Appearances {
  readonly #workspace: string;
  readonly #protected_paths: readonly string[];
  readonly #before: ReadonlyMap<string, Seen>;

  /** @param workspace real path */
  static async watch(workspace: string, protected_paths: readonly string[]): Promise<Appearances> {
    return new Appearances(workspace, protected_paths, await look(workspace, protected_paths));
  }

  private constructor(workspace: string, protected_paths: readonly string[], before: ReadonlyMap<string, Seen>) {
    this.#workspace = workspace;
    this.#protected_paths = protected_paths;
    this.#before = before;
  }

  /** @returns the names, from the workspace, that were taken away */
  async putAside(): Promise<string[]> {
    const aside: string[] = [];
    for (const [path, now] of await look(this.#workspace, this.#protected_paths)) {
      const before = this.#before.get(path);
      // What was mounted the command could not change: if it is another one now, somebody else did it.
      if (before !== undefined && (before.mounted || before.identity === now.identity)) continue;
      const free = join(dirname(path), `blocked-${now.inode}-${basename(path)}`);
      const done = await rename(path, free).then(
        () => true,
        () => false,
      );
      if (done) aside.push(relative(this.#workspace, path));
    }
    return aside;
  }
}

interface Seen {
  readonly identity: string;
  readonly inode: bigint;
  readonly mounted: boolean;
}

async function look(workspace: string, protected_paths: readonly string[]): Promise<Map<string, Seen>> {
  const names = (await readdir(workspace).catch(() => [])).filter(isProtected);
  const seen = new Map<string, Seen>();
  for (const path of new Set([...names.map((name) => join(workspace, name)), ...protected_paths])) {
    const folder = await realpath(dirname(path)).catch(() => null);
    const found = await lstat(path, { bigint: true }).catch(() => null);
    // A folder above may have become a link that leads out.
    if (found === null || folder !== dirname(path)) continue;
    const mounted = found.isFile() || found.isDirectory();
    // The number alone may be that of something removed.
    seen.set(path, { inode: found.ino, identity: `${found.ino}-${found.birthtimeNs}-${mounted}`, mounted });
  }
  return seen;
}
