import { createHash } from "node:crypto";
import { constants, createReadStream, type ReadStream } from "node:fs";
import { copyFile, type FileHandle, link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What is known of an uploaded file, beside its bytes. */
export const AttachmentRecord = z.object({
  version: z.literal(1),
  attachment_id: z.string(),
  user_id: z.string(),
  name: z.string(),
  media_type: z.string(),
  /** Bytes. */
  size: z.number(),
  /** SHA-256 as hexadecimal digits: the name of the file that holds the bytes. */
  digest: z.string(),
  /** When it was uploaded, or a message named it, for the last time. Unix time in milliseconds. */
  touched_at: z.number(),
  /** Those whose messages name it; some may be gone by now. */
  sessions: z.array(z.string()).readonly(),
});
export type AttachmentRecord = z.infer<typeof AttachmentRecord>;

/** Bytes that were written and have no name yet. */
export interface Part {
  readonly path: string;
  readonly size: number;
  readonly digest: string;
}

const RECORD = /^a_[0-9a-f]{24}\.json$/;
const BYTES = /^[0-9a-f]{64}$/;

/**
 * The folder of uploaded files: `<digest>` holds bytes, `<attachment_id>.json` what is known of them. Both appear whole or
 * not at all, and only their owner may read them.
 */
export class AttachmentFiles {
  readonly #folder: string;
  readonly #ids: () => string;

  constructor(folder: string, ids: () => string) {
    this.#folder = folder;
    this.#ids = ids;
  }

  /** Whether there may be any. */
  async any(): Promise<boolean> {
    return (await readdir(this.#folder).catch(() => [])).length > 0;
  }

  /** Everything that is there. What an upload left that did not come to its end is removed. */
  async load(): Promise<AttachmentRecord[]> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const names = await readdir(this.#folder);
    const records: AttachmentRecord[] = [];
    let unread = false;
    for (const name of names.filter((one) => RECORD.test(one))) {
      const record = await readRecord(join(this.#folder, name));
      if (record !== null && `${record.attachment_id}.json` === name) records.push(record);
      else unread = true;
    }
    const held = new Set(records.map(({ digest }) => digest));
    // What cannot be read may name bytes that nothing else names.
    const unnamed = (name: string): boolean => !unread && BYTES.test(name) && !held.has(name);
    const stray = names.filter((name) => name.endsWith(".part") || unnamed(name));
    for (const name of stray) await rm(join(this.#folder, name), { force: true });
    return records;
  }

  /** Writes bytes as they come. @param look sees each piece first, and the whole at its end; what it throws ends it */
  async write(
    body: AsyncIterable<Uint8Array>,
    look: { piece(bytes: Uint8Array, size: number): void; whole(file: FileHandle): Promise<void> },
  ): Promise<Part> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `${this.#ids()}.part`);
    const file = await open(path, "wx+", 0o600);
    try {
      const hash = createHash("sha256");
      let size = 0;
      for await (const bytes of body) {
        size += bytes.length;
        look.piece(bytes, size);
        hash.update(bytes);
        await file.writeFile(bytes);
      }
      await look.whole(file);
      await file.sync();
      return { path, size, digest: hash.digest("hex") };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Gives written bytes their name; the same bytes are held once. Durable when it resolves. */
  async keep({ path, digest }: Part): Promise<void> {
    await rename(path, join(this.#folder, digest));
    await this.#sync();
  }

  async drop({ path }: Pick<Part, "path">): Promise<void> {
    await rm(path, { force: true });
  }

  /** Durable when it resolves. */
  async save(record: AttachmentRecord): Promise<void> {
    const path = join(this.#folder, `${record.attachment_id}.json`);
    const part = `${path}.part`;
    const file = await open(part, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(record)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    await this.#sync();
  }

  async remove({ attachment_id, digest }: AttachmentRecord, bytes_too: boolean): Promise<void> {
    await rm(join(this.#folder, `${attachment_id}.json`), { force: true });
    if (bytes_too) await rm(join(this.#folder, digest), { force: true });
  }

  /** Null where they are not there. */
  read({ digest }: AttachmentRecord): Promise<Uint8Array | null> {
    return readFile(join(this.#folder, digest)).catch(() => null);
  }

  stream({ digest }: AttachmentRecord): ReadStream {
    return createReadStream(join(this.#folder, digest));
  }

  /** A copy of everything in another folder. Nothing here is ever changed in place, so names of the same bytes do. */
  async copyTo(folder: string): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const whole = names.filter((name) => RECORD.test(name) || BYTES.test(name));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of whole) {
      const [from, to] = [join(this.#folder, name), join(folder, name)];
      await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
    }
  }

  async #sync(): Promise<void> {
    const folder = await open(this.#folder, "r");
    await folder.sync().finally(() => folder.close());
  }
}

async function readRecord(path: string): Promise<AttachmentRecord | null> {
  try {
    return AttachmentRecord.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
