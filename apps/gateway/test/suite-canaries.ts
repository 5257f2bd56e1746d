import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** In every secret of {@link SUITE_SECRETS}, and in nothing else that a test says or stores. */
const MARK = "c4n4ry";

/**
 * Secrets that each gateway process of the tests holds, whatever its test is about. They come out of no door and are
 * written down nowhere: who reads frames, answers, output and data folders looks for them. No pattern knows them.
 */
export const SUITE_SECRETS = {
  OPENAI_API_KEY: `${MARK}-model-key-5e1f0d`,
  AWS_SECRET_ACCESS_KEY: `${MARK}-other-program-9b2c7a`,
} as const;

const FORMS = [MARK, Buffer.from(MARK).toString("base64")];

/** @throws where a secret of the suite, or one of `others`, is in it */
export function expectNoSecret(where: string, bytes: string | Buffer, others: readonly string[] = []): void {
  const found = [...FORMS, ...others].some((form) => bytes.includes(form));
  if (found) throw new Error(`T5 T24: a secret of the gateway is in ${where}`);
}

/** The same for every file of a folder that is still there. */
export function expectNoSecretIn(folder: string): void {
  for (const entry of filesOf(folder)) {
    const path = join(entry.parentPath, entry.name);
    const bytes = ifThere(() => readFileSync(path));
    if (bytes !== null) expectNoSecret(path, bytes);
  }
}

function filesOf(folder: string): Dirent[] {
  const entries = ifThere(() => readdirSync(folder, { recursive: true, withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isFile());
}

/** Null where it is gone: another process may be at work in the folder, or there never was one. */
function ifThere<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
