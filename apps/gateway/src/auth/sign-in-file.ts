import { readFileSync, renameSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";

const KeptSignIn = z.object({
  /** Of the id, which is nowhere but in the cookie. */
  hash: z.string().min(1),
  /** The token under the id as the key: useless to whoever has only the file. */
  proof: z.string().min(1),
  authority: z.enum(["token", "read_token", "oidc"]),
  user_id: z.string(),
  /** Unix time in milliseconds. */
  created_at: z.number(),
  /** When the issuer's token was. */
  issued_at: z.number().optional(),
  expires_at: z.number(),
});
export type KeptSignIn = z.infer<typeof KeptSignIn>;

const Content = z.object({ version: z.literal(1), sign_ins: z.array(KeptSignIn) });

/** `sign-ins.json` in the data folder, readable by its owner only, so that a restart signs nobody out. */
export class SignInFile {
  readonly #path: string;
  readonly #damaged: (error: unknown) => void;
  /** Writes follow one another. */
  #writing: Promise<void> = Promise.resolve();

  /** @param damaged hears of a file that could not be read and was put aside */
  constructor(data_dir: string, damaged: (error: unknown) => void) {
    this.#path = join(data_dir, "sign-ins.json");
    this.#damaged = damaged;
  }

  read(): readonly KeptSignIn[] {
    try {
      return Content.parse(JSON.parse(readFileSync(this.#path, "utf8"))).sign_ins;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      this.#damaged(error);
      try {
        renameSync(this.#path, `${this.#path}.damaged`);
      } catch {
        // It is written anew with the next sign-in.
      }
      return [];
    }
  }

  /** Durable when it resolves. */
  write(sign_ins: readonly KeptSignIn[]): Promise<void> {
    const write = this.#writing.catch(() => {}).then(() => this.#replace({ version: 1, sign_ins }));
    this.#writing = write;
    return write;
  }

  async #replace(content: object): Promise<void> {
    const fresh = `${this.#path}.new`;
    await mkdir(dirname(this.#path), { recursive: true });
    const file = await open(fresh, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.#path);
  }
}
