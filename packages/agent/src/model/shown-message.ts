import { redactor } from "../redact.ts";

/** Bytes of UTF-8 that a message may have. */
const MESSAGE_BYTES = 2048;

/** Of a longer text only this much is looked at. Code units. */
const READ = 16 * 1024;

/**
 * A foreign text made fit to be shown and stored: without markup and secrets, on few lines, at most
 * {@link MESSAGE_BYTES}. `secrets` are known values; what looks like a key goes in any case.
 */
export function shownMessage(text: string, secrets: readonly string[] = []): string {
  let shown = text.slice(0, READ);
  if (/<\/?[a-z!]/i.test(shown)) shown = withoutMarkup(shown);
  shown = redactor(secrets, "named")(shown).replace(/\s+/g, " ").trim();
  return cutBytes(shown, MESSAGE_BYTES);
}

function withoutMarkup(text: string): string {
  return text
    .replace(/<(script|style|head)\b[^>]*>[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^<>]*>/g, " ")
    .replace(/&nbsp;/g, " ");
}

function cutBytes(text: string, limit: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limit) return text;
  let end = limit - 3;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return `${new TextDecoder().decode(bytes.subarray(0, end))}…`;
}
