import { isImageType, LIMITS } from "@millrace/protocol";
import type { App } from "../shell/app-context.ts";
import { type DraftFile, type FilePhase, filesOf, NO_FILES, setFiles } from "./draft-files.ts";
import { fileKind } from "./file-kind.ts";
import { upload } from "./upload.ts";

type Parts = Pick<App, "client" | "files">;

/** Bytes of files that are not on the server yet, and what ends their upload. */
const held = new Map<string, { readonly file: File; readonly type: string; readonly abort: AbortController }>();
let watching = false;
/** Pictures to show while their page lives, by the file's key. */
const previews = new Map<string, string>();

/** Adds files to the message that is being written, and uploads them as soon as there is a connection. */
export async function attach(app: Parts, session_id: string | null, files: readonly File[], pasted?: string) {
  const kinds = await Promise.all(files.map(fileKind));
  const before = filesOf(app.files, session_id);
  let room = LIMITS.attachments - before.filter(({ phase }) => phase.state !== "refused").length;
  const added = files.map((file, at): DraftFile => {
    const key = crypto.randomUUID();
    const kind = kinds[at] as (typeof kinds)[number];
    const about = { key, name: file.name || "image.png", media_type: file.type, size: file.size };
    if ("why" in kind) return { ...about, phase: { state: "refused", why: kind.why } };
    if (room <= 0) return { ...about, phase: { state: "refused", why: "too_many" } };
    room -= 1;
    held.set(key, { file, type: kind.type, abort: new AbortController() });
    if (isImageType(kind.type)) previews.set(key, URL.createObjectURL(file));
    return { ...about, phase: { state: "waiting" }, ...(pasted === undefined ? {} : { pasted }) };
  });
  setFiles(app.files, session_id, [...before, ...added]);
  uploadWaiting(app);
  if (watching) return;
  watching = true;
  app.client.connection.subscribe(() => uploadWaiting(app));
}

/** Takes a file out of the message. What the server has of it goes by itself. */
export function detach(app: Parts, session_id: string | null, key: string): void {
  held.get(key)?.abort.abort();
  forget(key);
  setFiles(
    app.files,
    session_id,
    filesOf(app.files, session_id).filter((file) => file.key !== key),
  );
}

/** The address of a picture that can be shown; null for what is none. */
export function pictureOf({ key, phase }: DraftFile): string | null {
  const own = previews.get(key);
  if (own !== undefined) return own;
  if (phase.state !== "done" || !isImageType(phase.attachment.media_type)) return null;
  return `/api/v1/attachments/${phase.attachment.attachment_id}`;
}

/** The files of a message that was sent: their pictures are the server's from now on. */
export function forgetSent(files: readonly DraftFile[]): void {
  for (const { key } of files) forget(key);
}

/** Begins every upload that waits, where there is a connection. */
function uploadWaiting(app: Parts): void {
  if (app.client.connection.get().state !== "online") return;
  for (const [id, files] of Object.entries(app.files.getState())) {
    for (const { key, phase } of files) if (phase.state === "waiting") void begin(app, id === "" ? null : id, key);
  }
}

async function begin(app: Parts, session_id: string | null, key: string): Promise<void> {
  const bytes = held.get(key);
  if (bytes === undefined) return change(app, session_id, key, { state: "refused", why: "gone" });
  const { file, type, abort } = bytes;
  change(app, session_id, key, { state: "uploading", part: 0 });
  const progress = (part: number): void => change(app, session_id, key, { state: "uploading", part });
  const outcome = await upload(file, { name: file.name || "image.png", type }, progress, abort.signal);
  if ("attachment" in outcome) {
    held.delete(key);
    return change(app, session_id, key, { state: "done", attachment: outcome.attachment });
  }
  if (outcome.why === "aborted") return;
  if (outcome.why !== "offline") {
    held.delete(key);
    return change(app, session_id, key, { state: "refused", why: outcome.why });
  }
  // It is tried again with the next connection.
  change(app, session_id, key, { state: "waiting" });
}

function change(app: Parts, session_id: string | null, key: string, phase: FilePhase): void {
  const files = app.files.getState()[session_id ?? ""] ?? NO_FILES;
  if (!files.some((file) => file.key === key)) return;
  setFiles(
    app.files,
    session_id,
    files.map((file) => (file.key === key ? { ...file, phase } : file)),
  );
}

function forget(key: string): void {
  held.delete(key);
  const picture = previews.get(key);
  if (picture !== undefined) URL.revokeObjectURL(picture);
  previews.delete(key);
}
