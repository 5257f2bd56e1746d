import { readFile, rename, writeFile } from "node:fs/promises";

/** Short texts by key, kept in a JSON file that its owner only can read. What cannot be read counts as never seen. */
export class SeenFile {
  readonly #path: string;
  #seen: Promise<Map<string, string>> | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async get(key: string): Promise<string | null> {
    return (await this.#all()).get(key) ?? null;
  }

  /** Written when it resolves. */
  async set(key: string, value: string): Promise<void> {
    const seen = await this.#all();
    seen.set(key, value);
    const write = this.#writing.catch(() => {}).then(() => this.#write(seen));
    this.#writing = write;
    await write;
  }

  #all(): Promise<Map<string, string>> {
    this.#seen ??= this.#read();
    return this.#seen;
  }

  async #read(): Promise<Map<string, string>> {
    try {
      const content = JSON.parse(await readFile(this.#path, "utf8")) as Record<string, unknown>;
      return new Map(
        Object.entries(content).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
      );
    } catch {
      return new Map();
    }
  }

  async #write(seen: ReadonlyMap<string, string>): Promise<void> {
    const fresh = `${this.#path}.new`;
    await writeFile(fresh, `${JSON.stringify(Object.fromEntries(seen), null, 2)}\n`, { mode: 0o600 });
    await rename(fresh, this.#path);
  }
}
