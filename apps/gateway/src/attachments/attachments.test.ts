import { Buffer } from "node:buffer";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { Attachments, type AttachmentsOptions, type Upload } from "./attachments.ts";
import { restoreAttachments } from "./backup-folder.ts";

const DAY = 24 * 60 * 60 * 1_000;

let data_dir: string;
let now: number;
let full: boolean;
let sessions: Set<string>;
beforeEach(() => {
  data_dir = mkdtempSync(join(tmpdir(), "millrace-attachments-"));
  now = 1_000;
  full = false;
  sessions = new Set(["s1", "s2"]);
});
afterEach(() => rmSync(data_dir, { recursive: true, force: true }));

const folder = (): string => join(data_dir, "attachments");
const files = (): string[] => readdirSync(folder()).toSorted();
function opened(change: Partial<AttachmentsOptions> = {}): Attachments {
  let ids = 0;
  return new Attachments({
    folder: folder(),
    limits: { ...DEFAULT_LIMITS, attachment_text_bytes: 100, attachment_image_bytes: 200 },
    quota_bytes: 1_000,
    ids: () => `id${++ids}`,
    now: () => now,
    full: () => full,
    exists: async (session_id) => sessions.has(session_id),
    ...change,
  });
}

async function* pieces(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? new TextEncoder().encode(part) : part;
}
const text = (said: string, change: Partial<Upload> = {}): Upload => ({
  user_id: "u",
  name: "a.txt",
  media_type: "text/plain",
  kind: "text",
  body: pieces(said),
  ...change,
});
function png(width: number, height: number): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.write("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1");
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}
const image = (bytes: Uint8Array): Upload =>
  text("", { name: "a.png", media_type: "image/png", kind: "image", body: pieces(bytes) });
const refused = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: { status?: number; code: string }) => [error.status, error.code],
  );

describe("Attachments", () => {
  it("ATTACH-1: what was added is there after a restart, for its user only, in files that nobody else reads", async () => {
    const made = await opened().add(text("hello"));
    expect(made).toMatchObject({ name: "a.txt", media_type: "text/plain", size: 5 });
    expect(made.digest).toBe("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    expect(readFileSync(join(folder(), made.digest), "utf8")).toBe("hello");
    for (const name of files()) expect(statSync(join(folder(), name)).mode & 0o777).toBe(0o600);
    const later = opened();
    expect(new TextDecoder().decode((await later.read("u", made.attachment_id)) ?? undefined)).toBe("hello");
    expect(await later.read("other", made.attachment_id)).toBeNull();
  });

  it("ATTACH-1: the same file of the same user is one; of another user it is another, with the same bytes", async () => {
    const store = opened();
    const first = await store.add(text("hello"));
    expect(await store.add(text("hello"))).toEqual(first);
    expect((await store.add(text("hello", { user_id: "other" }))).attachment_id).not.toBe(first.attachment_id);
    expect((await store.add(text("hello", { name: "b.txt" }))).attachment_id).not.toBe(first.attachment_id);
    expect(files()).toHaveLength(4);
  });

  it.each<[string, Upload, [number, string]]>([
    ["nothing", text(""), [400, "bad_request"]],
    [
      "text that is not UTF-8",
      text("", { body: pieces(new Uint8Array([0x61, 0xff])) }),
      [415, "unsupported_media_type"],
    ],
    [
      "text that ends in half a letter",
      text("", { body: pieces(new Uint8Array([0xe4, 0xb8])) }),
      [415, "unsupported_media_type"],
    ],
    ["text with NUL", text("a\0b"), [415, "unsupported_media_type"]],
    ["text that is too long", text("", { body: pieces("a".repeat(60), "a".repeat(60)) }), [413, "too_large"]],
    [
      "an image that is a page",
      image(new TextEncoder().encode(`<html>${"a".repeat(50)}`)),
      [415, "unsupported_media_type"],
    ],
    ["an image that is too long", image(Buffer.concat([png(1, 1), Buffer.alloc(200)])), [413, "too_large"]],
    ["an image with a side that is too long", image(png(20_000, 1)), [413, "too_large"]],
    ["an image with too many pixels", image(png(10_000, 10_000)), [413, "too_large"]],
  ])("B53: %s is refused and leaves nothing", async (_name, upload, answer) => {
    expect(await refused(opened().add(upload))).toEqual(answer);
    expect(files()).toEqual([]);
  });

  it("ATTACH-1: letters that come in two pieces are whole", async () => {
    const [a, b] = [new Uint8Array([0xe4, 0xb8]), new Uint8Array([0xad])];
    const { attachment_id } = await opened().add(text("", { body: pieces(a, b) }));
    expect(new TextDecoder().decode((await opened().read("u", attachment_id)) ?? undefined)).toBe("中");
  });

  it("ATTACH-1: an image is what its bytes say, not what its sender does", async () => {
    expect(await opened().add({ ...image(png(3, 4)), media_type: "image/gif" })).toMatchObject({
      media_type: "image/png",
    });
  });

  it("F49: nothing is taken where there is hardly any room, and a user has their quota", async () => {
    const store = opened({ quota_bytes: 8 });
    full = true;
    expect(await refused(store.add(text("hello")))).toEqual([507, "storage_full"]);
    full = false;
    await store.add(text("hello"));
    expect(await refused(store.add(text("world")))).toEqual([413, "quota_exceeded"]);
    expect(await refused(store.add(text("hello")))).toBeNull();
    expect(await refused(store.add(text("world", { user_id: "other" })))).toBeNull();
    expect(files()).toHaveLength(4);
  });

  it("what breaks off leaves nothing, also where the process died", async () => {
    const cut = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array([97]);
      throw new Error("gone");
    };
    await expect(opened().add(text("", { body: cut() }))).rejects.toThrow("gone");
    expect(files()).toEqual([]);
    writeFileSync(join(folder(), "x.part"), "half");
    writeFileSync(join(folder(), "a".repeat(64)), "bytes without a record");
    await opened().get("a_");
    expect(files()).toEqual([]);
  });

  it("bytes stay where a record cannot be read", async () => {
    const { attachment_id, digest } = await opened().add(text("hello"));
    writeFileSync(join(folder(), `${attachment_id}.json`), "{");
    expect(await opened().get(attachment_id)).toBeNull();
    expect(existsSync(join(folder(), digest))).toBe(true);
  });

  it("ATTACH-2 T10: a message names only its user's files, all of them or none", async () => {
    const store = opened();
    const mine = await store.add(text("hello"));
    const theirs = await store.add(text("hello", { user_id: "other" }));
    const { digest: _digest, ...named } = mine;
    expect(await store.refer("u", "s1", [mine.attachment_id])).toEqual([named]);
    for (const ids of [[theirs.attachment_id], ["a_0"], [mine.attachment_id, theirs.attachment_id]])
      expect(await refused(store.refer("u", "s2", ids))).toEqual([undefined, "not_found"]);
    expect((await store.get(mine.attachment_id))?.sessions).toEqual(["s1"]);
  });

  it("ATTACH-4: what no session names goes after a day, and its bytes with the last that has them", async () => {
    const store = opened();
    const [a, b, c] = [
      await store.add(text("hello")),
      await store.add(text("hello", { name: "b.txt" })),
      await store.add(text("other")),
    ];
    await store.refer("u", "s1", [b.attachment_id]);
    now += DAY - 1;
    expect(await store.sweep()).toBe(0);
    now += 1;
    await store.add(text("other"));
    expect(await store.sweep()).toBe(1);
    expect(await store.get(a.attachment_id)).toBeNull();
    expect(existsSync(join(folder(), b.digest))).toBe(true);
    expect(await opened().get(c.attachment_id)).not.toBeNull();
    await store.release("s1");
    now += DAY;
    expect(await opened().sweep()).toBe(2);
    expect(files()).toEqual([]);
  });

  it("ATTACH-4: a session that is gone without a word keeps nothing; one of two is enough", async () => {
    const store = opened();
    const { attachment_id } = await store.add(text("hello"));
    await store.refer("u", "s1", [attachment_id]);
    await store.refer("u", "s2", [attachment_id]);
    now += DAY;
    sessions.delete("s1");
    expect(await store.sweep()).toBe(0);
    sessions.delete("s2");
    expect(await store.sweep()).toBe(1);
  });

  it("ATTACH-4: an imported session keeps the files that its user has", async () => {
    const store = opened();
    const mine = await store.add(text("hello"));
    const theirs = await store.add(text("hello", { user_id: "other" }));
    await store.adopt("u", "s1", [mine.attachment_id, theirs.attachment_id, "a_0"]);
    now += DAY;
    expect(await store.sweep()).toBe(1);
    expect(await store.get(mine.attachment_id)).not.toBeNull();
  });

  it("ATTACH-4: they are copied beside the sessions, and put back with them", async () => {
    const store = opened();
    const { attachment_id } = await store.add(text("hello"));
    const backup = join(data_dir, "backups", "x.db");
    expect(await store.copyBeside(async () => backup)).toBe(backup);
    rmSync(folder(), { recursive: true });
    expect(await restoreAttachments(backup, data_dir)).toBe(true);
    expect(new TextDecoder().decode((await opened().read("u", attachment_id)) ?? undefined)).toBe("hello");
  });
});
