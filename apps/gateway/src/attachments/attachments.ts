import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { type MessageAttachment, REJECT_CODES, type UploadedAttachment } from "@millrace/protocol";
import { HttpError } from "../http/errors.ts";
import type { Limits } from "../limits.ts";
import { Rejection } from "../rejection.ts";
import { AttachmentFiles, type AttachmentRecord, type Part } from "./attachment-files.ts";
import { besideBackup } from "./backup-folder.ts";
import { imageSize } from "./image-size.ts";
import type { Kind } from "./media.ts";

export interface AttachmentsOptions {
  /** Where they lie; made with the first upload. */
  readonly folder: string;
  readonly limits: Pick<Limits, "attachment_image_bytes" | "attachment_text_bytes" | "attachment_unused_ms">;
  /** Bytes that the files of one user may have together. */
  readonly quota_bytes: number;
  readonly ids: () => string;
  readonly now: () => number;
  /** Whether there is hardly any room on the disk. */
  readonly full: () => boolean;
  /** Whether a session exists. */
  readonly exists: (session_id: string) => Promise<boolean>;
}

/** What is uploaded. */
export interface Upload {
  readonly user_id: string;
  readonly name: string;
  readonly media_type: string;
  readonly kind: Kind;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Sides and area of an image: what has more is not shown, but costs a browser its memory. Pixels. */
const MOST_SIDE = 16_384;
const MOST_AREA = 50_000_000;

/** The files that people send with messages: each belongs to a user, and stays as long as a session names it. */
export class Attachments {
  readonly #options: AttachmentsOptions;
  readonly #files: AttachmentFiles;
  #loading: Promise<Map<string, AttachmentRecord>> | null = null;
  /** Changes follow one another. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(options: AttachmentsOptions) {
    this.#options = options;
    this.#files = new AttachmentFiles(options.folder, options.ids);
  }

  /** Durable when it resolves. The same file of the same user is the same attachment. @throws HttpError */
  async add({ user_id, name, media_type: said, kind, body }: Upload): Promise<UploadedAttachment> {
    this.#checkRoom();
    // First, as it removes what was begun and not ended.
    await this.#records();
    let media_type = said;
    const look = kind === "text" ? this.#textLook() : this.#imageLook((found) => (media_type = found));
    const part = await stored(this.#files.write(body, look));
    return this.#alone(async (records) => {
      try {
        const { size, digest } = part;
        if (size === 0) throw new HttpError(400, "bad_request", "The file is empty.");
        const about = [user_id, digest, name, media_type].join("\n");
        const attachment_id = `a_${createHash("sha256").update(about).digest("hex").slice(0, 24)}`;
        const known = records.get(attachment_id);
        if (known === undefined) this.#checkQuota(records, user_id, size);
        const made = { version: 1, attachment_id, user_id, name, media_type, size, digest, sessions: [] } as const;
        await this.#put(records, { ...(known ?? made), touched_at: this.#options.now() }, part);
        return { attachment_id, name, media_type, size, digest };
      } catch (error) {
        await this.#files.drop(part);
        throw error;
      }
    });
  }

  /** Whosever it is; null: there is none of that id. */
  async get(attachment_id: string): Promise<AttachmentRecord | null> {
    return (await this.#records()).get(attachment_id) ?? null;
  }

  /** The files that a message of this session is about to name: they stay for it. @throws Rejection `not_found` */
  async refer(user_id: string, session_id: string, ids: readonly string[]): Promise<MessageAttachment[]> {
    const referring = this.#alone(async (records) => {
      const named = ids.map((id) => records.get(id)).filter((record) => record?.user_id === user_id);
      if (named.length < ids.length) throw new Rejection("not_found", "No such attachment.");
      for (const record of named as AttachmentRecord[]) await this.#touch(records, record, session_id);
      return (named as AttachmentRecord[]).map(({ attachment_id, name, media_type, size }) => ({
        attachment_id,
        name,
        media_type,
        size,
      }));
    });
    return referring.catch((error: unknown) => {
      if (!(error instanceof HttpError)) throw error;
      throw new Rejection("storage_unavailable", error.message, { cause: error });
    });
  }

  /** Like {@link refer}, for a session that came with names of files: those that are not the user's stay only names. */
  async adopt(user_id: string, session_id: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#alone(async (records) => {
      for (const id of ids) {
        const record = records.get(id);
        if (record?.user_id === user_id) await this.#touch(records, record, session_id);
      }
    });
  }

  /** The bytes; null where the user has no such file, or has it no longer. Never rejects. */
  async read(user_id: string, attachment_id: string): Promise<Uint8Array | null> {
    const record = await this.get(attachment_id).catch(() => null);
    return record?.user_id === user_id ? this.#files.read(record) : null;
  }

  stream(record: AttachmentRecord): ReturnType<AttachmentFiles["stream"]> {
    return this.#files.stream(record);
  }

  /** A session was removed: what only it named may go. */
  async release(session_id: string): Promise<void> {
    if (this.#loading === null && !(await this.#files.any())) return;
    await this.#alone(async (records) => {
      for (const record of [...records.values()]) {
        if (!record.sessions.includes(session_id)) continue;
        const sessions = record.sessions.filter((one) => one !== session_id);
        await this.#put(records, { ...record, sessions });
      }
    });
  }

  /** Removes what no session names, and nobody uploaded or sent lately. @returns how many */
  async sweep(): Promise<number> {
    if (this.#loading === null && !(await this.#files.any())) return 0;
    return this.#alone(async (records) => {
      const { now, limits, exists } = this.#options;
      const old = [...records.values()].filter(({ touched_at }) => touched_at <= now() - limits.attachment_unused_ms);
      let removed = 0;
      for (const record of old) {
        const used = await Promise.all(record.sessions.map(exists));
        if (used.includes(true)) continue;
        records.delete(record.attachment_id);
        const shared = [...records.values()].some(({ digest }) => digest === record.digest);
        await this.#files.remove(record, !shared);
        removed += 1;
      }
      return removed;
    });
  }

  /** Copies everything beside a backup, which is written first: nothing that it names is removed meanwhile. */
  async copyBeside(backup: () => Promise<string>): Promise<string> {
    return this.#alone(async () => {
      const file = await backup();
      if (await this.#files.any()) await this.#files.copyTo(besideBackup(file));
      return file;
    });
  }

  #textLook(): Parameters<AttachmentFiles["write"]>[1] {
    const most = this.#options.limits.attachment_text_bytes;
    const utf8 = new TextDecoder("utf-8", { fatal: true });
    const decode = (bytes: Uint8Array | undefined, stream: boolean): void => {
      try {
        utf8.decode(bytes, { stream });
      } catch {
        throw unsupported("The file is not text in UTF-8.");
      }
    };
    return {
      piece: (bytes, size) => {
        if (size > most) throw tooLarge(most);
        if (bytes.includes(0)) throw unsupported("The file is not text: it holds NUL.");
        decode(bytes, true);
      },
      whole: async () => decode(undefined, false),
    };
  }

  #imageLook(found: (media_type: string) => void): Parameters<AttachmentFiles["write"]>[1] {
    const most = this.#options.limits.attachment_image_bytes;
    return {
      piece: (_bytes, size) => {
        if (size > most) throw tooLarge(most);
      },
      whole: async (file) => {
        const image = await imageSize((position, length) => readAt(file, position, length));
        if (image === null) throw unsupported("The bytes are no PNG, JPEG, GIF or WebP image.");
        const { width, height } = image;
        if (Math.max(width, height) > MOST_SIDE || width * height > MOST_AREA)
          throw new HttpError(
            413,
            "too_large",
            `The image has more than ${MOST_AREA / 1_000_000} million pixels, or too long a side.`,
          );
        found(image.media_type);
      },
    };
  }

  #checkRoom(): void {
    if (this.#options.full()) throw noRoom();
  }

  #checkQuota(records: ReadonlyMap<string, AttachmentRecord>, user_id: string, size: number): void {
    const { quota_bytes } = this.#options;
    let used = size;
    for (const record of records.values()) if (record.user_id === user_id) used += record.size;
    if (used > quota_bytes)
      throw new HttpError(
        413,
        "quota_exceeded",
        `Your files have more than ${quota_bytes} bytes together: delete conversations that have some.`,
      );
  }

  async #touch(records: Map<string, AttachmentRecord>, record: AttachmentRecord, session_id: string): Promise<void> {
    const sessions = record.sessions.includes(session_id) ? record.sessions : [...record.sessions, session_id];
    await this.#put(records, { ...record, sessions, touched_at: this.#options.now() });
  }

  async #put(records: Map<string, AttachmentRecord>, record: AttachmentRecord, part?: Part): Promise<void> {
    if (part !== undefined) await stored(this.#files.keep(part));
    await stored(this.#files.save(record));
    records.set(record.attachment_id, record);
  }

  #records(): Promise<Map<string, AttachmentRecord>> {
    this.#loading ??= this.#files
      .load()
      .then((records) => new Map(records.map((record) => [record.attachment_id, record])));
    this.#loading.catch(() => {
      this.#loading = null;
    });
    return stored(this.#loading);
  }

  #alone<T>(change: (records: Map<string, AttachmentRecord>) => Promise<T>): Promise<T> {
    const changed = this.#changes.then(async () => change(await this.#records()));
    this.#changes = changed.catch(() => {});
    return changed;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** @throws HttpError where the disk does not take it */
async function stored<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOSPC" || code === "EDQUOT") throw noRoom();
    if (typeof code !== "string" || !/^E[A-Z]+$/.test(code)) throw error;
    throw new Rejection("storage_unavailable", "Not stored: the storage is not available now.", { cause: error });
  }
}

const noRoom = (): HttpError => new HttpError(507, "storage_full", "Not stored: there is no room left.");
const unsupported = (message: string): HttpError => new HttpError(415, "unsupported_media_type", message);
const tooLarge = (most: number): HttpError =>
  new HttpError(REJECT_CODES.too_large, "too_large", `The file is larger than ${most} bytes.`);
