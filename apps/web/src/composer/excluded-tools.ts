import { remember, remembered } from "../shell/browser-storage.ts";

const key = (session_id: string | null): string => `millrace.tools.${session_id ?? "new"}`;

/** The tools that somebody switched off in this browser for a conversation; null where nobody chose. */
export function loadExcluded(session_id: string | null): readonly string[] | null {
  const held = remembered(key(session_id));
  return Array.isArray(held) && held.every((name) => typeof name === "string") ? held : null;
}

export function saveExcluded(session_id: string | null, names: readonly string[]): void {
  // Nothing switched off is a choice too, where an earlier message had switched something off.
  remember(key(session_id), session_id === null && names.length === 0 ? null : names);
}
