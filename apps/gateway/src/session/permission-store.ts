import { readFileSync, renameSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";

const KeptPermission = z.object({
  id: z.string(),
  user_id: z.string(),
  tool: z.string(),
  pattern: z.string(),
  /** The folder that the tools saw when it was given; it holds nowhere else. */
  workspace: z.string(),
  /** Of the tool as it was when it was given; another tool of that name has to ask again. */
  fingerprint: z.string(),
  /** Unix time in milliseconds. */
  created_at: z.number(),
});
/** An "always": calls of a tool that a user allowed until they take it back. */
export type KeptPermission = z.infer<typeof KeptPermission>;

const Content = z.object({ version: z.literal(1), permissions: z.array(KeptPermission) });

/** Kept at most; the oldest give way. */
const MOST = 10_000;

export interface PermissionStoreOptions {
  readonly data_dir: string;
  readonly ids: () => string;
  readonly now: () => number;
  /** Hears of a file that could not be read and was put aside. */
  readonly damaged?: (error: unknown) => void;
}

/** What people allowed for always: `permissions.json` in the data folder, readable by its owner only. */
export class PermissionStore {
  readonly #options: PermissionStoreOptions;
  readonly #file: string;
  #kept: readonly KeptPermission[];
  /** Writes follow one another. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: PermissionStoreOptions) {
    this.#options = options;
    this.#file = join(options.data_dir, "permissions.json");
    this.#kept = this.#read();
  }

  /** Oldest first. */
  list(user_id: string): readonly KeptPermission[] {
    return this.#kept.filter((one) => one.user_id === user_id);
  }

  /** Durable when it resolves; what is there already is not added again. */
  async add(given: Omit<KeptPermission, "id" | "created_at">): Promise<void> {
    if (this.#kept.some((one) => isSame(one, given))) return this.#writing;
    const one = { id: this.#options.ids(), ...given, created_at: this.#options.now() };
    await this.#replace((kept) => [...kept, one].slice(-MOST));
  }

  /** Durable when it resolves. False where the user has no such permission. */
  async remove(user_id: string, id: string): Promise<boolean> {
    const isIt = (one: KeptPermission): boolean => one.id === id && one.user_id === user_id;
    if (!this.#kept.some(isIt)) return false;
    await this.#replace((kept) => kept.filter((one) => !isIt(one)));
    return true;
  }

  /** Holds at once, also where it cannot be written: a permission that was taken back must not be used again. */
  #replace(change: (kept: readonly KeptPermission[]) => readonly KeptPermission[]): Promise<void> {
    this.#kept = change(this.#kept);
    const write = this.#writing.catch(() => {}).then(() => this.#write());
    this.#writing = write;
    // Whoever asked for it hears of the failure; the next write does not.
    write.catch(() => {});
    return write;
  }

  async #write(): Promise<void> {
    const text = `${JSON.stringify({ version: 1, permissions: this.#kept }, null, 2)}\n`;
    const fresh = `${this.#file}.new`;
    await mkdir(dirname(this.#file), { recursive: true });
    const file = await open(fresh, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.#file);
  }

  #read(): readonly KeptPermission[] {
    try {
      return Content.parse(JSON.parse(readFileSync(this.#file, "utf8"))).permissions;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      // Nobody is locked out by it: what it allowed is asked again.
      this.#options.damaged?.(error);
      try {
        renameSync(this.#file, `${this.#file}.damaged`);
      } catch {
        // It is written anew with the next permission.
      }
      return [];
    }
  }
}

function isSame(one: KeptPermission, given: Omit<KeptPermission, "id" | "created_at">): boolean {
  return (["user_id", "tool", "pattern", "workspace", "fingerprint"] as const).every((key) => one[key] === given[key]);
}
