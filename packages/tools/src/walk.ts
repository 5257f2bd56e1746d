import { readdir } from "node:fs/promises";
import { locate, type Opened, openInside, type Workspace, WorkspaceError } from "./workspace.ts";

/** Entries that are looked at, and folders below each other. */
const WALK: { readonly entries: number; readonly depth: number } = { entries: 50_000, depth: 64 };

/** All files below a folder, in no order: without hidden folders, modules, links, and what must be left alone. */
export class Walk {
  /** From the workspace, with `/`, in no order. */
  readonly files: string[] = [];
  /** The walk was ended before all was seen. */
  stopped = false;
  readonly #workspace: Workspace;
  readonly #wanted: (path: string) => boolean;
  readonly #signal: AbortSignal;
  #refusal: (path: string) => string | null = () => null;
  #seen = 0;

  constructor(workspace: Workspace, wanted: (path: string) => boolean, signal: AbortSignal) {
    this.#workspace = workspace;
    this.#wanted = wanted;
    this.#signal = signal;
  }

  /** @returns the folder's path from the workspace */
  async from(path: string): Promise<string> {
    const { refusal } = await locate(this.#workspace, path);
    this.#refusal = refusal;
    const start = await openInside(this.#workspace, path, "folder");
    await this.#read(start, start.path, 0);
    return start.path;
  }

  async #folder(path: string, start: string, depth: number): Promise<void> {
    if (depth > WALK.depth) {
      this.stopped = true;
      return;
    }
    let opened: Opened;
    try {
      opened = await openInside(this.#workspace, path, "folder");
    } catch (error) {
      // It went away, or may not be read: the others still can.
      if (error instanceof WorkspaceError) return;
      throw error;
    }
    await this.#read(opened, start, depth);
  }

  async #read(folder: Opened, start: string, depth: number): Promise<void> {
    this.#signal.throwIfAborted();
    const folders: string[] = [];
    try {
      // By what was opened, not by a name that may lead elsewhere by now.
      const place = process.platform === "linux" ? `/proc/self/fd/${folder.handle.fd}` : folder.real;
      for (const entry of await readdir(place, { withFileTypes: true })) {
        this.#seen += 1;
        if (this.#seen > WALK.entries) this.stopped = true;
        if (this.stopped) break;
        const path = folder.path === "" ? entry.name : `${folder.path}/${entry.name}`;
        if (this.#refusal(path) !== null) continue;
        // Links are left out: what they lead to is listed where it is, if it is in the workspace.
        if (entry.isDirectory()) {
          if (!entry.name.startsWith(".") && entry.name !== "node_modules") folders.push(path);
        } else if (entry.isFile() && this.#wanted(start === "" ? path : path.slice(start.length + 1))) {
          this.files.push(path);
        }
      }
    } finally {
      await folder.handle.close();
    }
    for (const path of folders) {
      if (this.stopped) return;
      await this.#folder(path, start, depth + 1);
    }
  }
}
