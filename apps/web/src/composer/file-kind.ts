import { isImageType, LIMITS } from "@millrace/protocol";
import type { FileRefusal } from "./draft-files.ts";

const TEXT_TYPES =
  /^(?:text\/|application\/(?:json|xml|javascript|(?:x-)?(?:yaml|toml|sh|sql|ndjson)|.+\+(?:json|xml)))/;
/** Bytes of a file that tell whether it is text. */
const HEAD = 8 * 1024;

/**
 * The type under which a file is uploaded, or why it is not. Names and types say little about text (to browsers `.ts`
 * is a video, `go.mod` nothing), so that its first bytes decide, as all of them do on the server.
 */
export async function fileKind(file: File): Promise<{ type: string } | { why: FileRefusal }> {
  if (file.size === 0) return { why: "empty" };
  const said = file.type.split(";")[0]?.toLowerCase() ?? "";
  const image = isImageType(said);
  try {
    if (!image && !isText(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()))) return { why: "kind" };
  } catch {
    return { why: "gone" };
  }
  if (file.size > (image ? LIMITS.attachment_image_bytes : LIMITS.attachment_text_bytes)) return { why: "too_large" };
  return { type: image ? said : TEXT_TYPES.test(said) ? said : "text/plain" };
}

/** UTF-8 without a NUL; its last character may be cut off. A document's head may be of that kind, but it says so. */
function isText(head: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return !text.includes("\0") && !text.startsWith("%PDF-");
  } catch {
    return false;
  }
}
