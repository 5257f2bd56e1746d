import type { MessageAttachment } from "@millrace/protocol";
import { remember, remembered } from "../shell/browser-storage.ts";

/** What is written and not sent, kept per conversation in this browser. */
export interface Draft {
  readonly text: string;
  /** Those that the server has. */
  readonly files: readonly MessageAttachment[];
}

const key = (session_id: string | null): string => `millrace.draft.${session_id ?? "new"}`;

export function loadDraft(session_id: string | null): Draft {
  const held = remembered(key(session_id));
  if (typeof held === "string") return { text: held, files: [] };
  const { text, files } = (held ?? {}) as { text?: unknown; files?: unknown };
  return {
    text: typeof text === "string" ? text : "",
    files: Array.isArray(files) ? files.filter(isAttachment) : [],
  };
}

export function saveDraft(session_id: string | null, { text, files }: Draft): void {
  const plain = text === "" ? null : text;
  remember(key(session_id), files.length === 0 ? plain : { text, files });
}

/** Texts that are said one after the other. */
export const joined = (...texts: readonly string[]): string => texts.filter((text) => text.trim() !== "").join("\n\n");

/** Where the texts are kept that are to replace messages of a conversation. */
export const rewritesKey = (session_id: string): string => `millrace.rewrites.${session_id}`;

/** Forgets all that is written and not sent in a conversation. */
export function forgetDrafts(session_id: string): void {
  remember(key(session_id), null);
  remember(rewritesKey(session_id), null);
}

function isAttachment(value: unknown): value is MessageAttachment {
  const { attachment_id, name, media_type, size } = (value ?? {}) as Record<string, unknown>;
  const texts = [attachment_id, name, media_type].every((one) => typeof one === "string");
  return texts && typeof size === "number";
}
