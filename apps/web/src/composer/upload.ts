import type { MessageAttachment } from "@millrace/protocol";
import type { FileRefusal } from "./draft-files.ts";

/** `offline`: nobody answered, so that it can be tried again. */
export type UploadOutcome =
  | { readonly attachment: MessageAttachment }
  | { readonly why: FileRefusal | "offline" | "aborted" };

/** How long an upload may take; the server gives it half a minute. Milliseconds. */
const TIMEOUT_MS = 40_000;

/**
 * Sends a file's bytes to the gateway that served this page. `progress` hears of a number from 0 to 1. Never rejects:
 * `fetch` tells nothing of what was sent, so this is the older way.
 */
export function upload(
  file: Blob,
  { name, type }: { readonly name: string; readonly type: string },
  progress: (part: number) => void,
  signal: AbortSignal,
): Promise<UploadOutcome> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/attachments");
    request.setRequestHeader("content-type", type);
    request.setRequestHeader("x-file-name", encodeURIComponent(name.toWellFormed()));
    request.timeout = TIMEOUT_MS;
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => progress(total === 0 ? 0 : loaded / total);
    request.onload = () => resolve(outcomeOf(request.status, request.response));
    request.onerror = () => resolve({ why: "offline" });
    request.ontimeout = () => resolve({ why: "failed" });
    request.onabort = () => resolve({ why: "aborted" });
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

function outcomeOf(status: number, body: unknown): UploadOutcome {
  if (status === 201) {
    const { attachment_id, name, media_type, size } = body as MessageAttachment;
    return { attachment: { attachment_id, name, media_type, size } };
  }
  const code = (body as { error?: { code?: unknown } } | null)?.error?.code;
  if (code === "quota_exceeded") return { why: "quota" };
  if (status === 413) return { why: "too_large" };
  if (status === 415) return { why: "kind" };
  if (status === 507) return { why: "full" };
  return { why: status === 0 || status === 502 || status === 503 ? "offline" : "failed" };
}
