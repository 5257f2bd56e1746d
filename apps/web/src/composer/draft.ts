import { remember, remembered } from "../shell/browser-storage.ts";

/** Unsent text, kept per conversation in this browser. */
const key = (session_id: string | null): string => `millrace.draft.${session_id ?? "new"}`;

export function loadDraft(session_id: string | null): string {
  const held = remembered(key(session_id));
  return typeof held === "string" ? held : "";
}

export function saveDraft(session_id: string | null, text: string): void {
  remember(key(session_id), text === "" ? null : text);
}
