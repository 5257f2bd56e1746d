import { remember, remembered } from "../shell/browser-storage.ts";
import { rewritesKey } from "./draft.ts";

/** Messages that are being said in another way, and not sent: kept per conversation in this browser, by message. */

function rewrites(session_id: string): Readonly<Record<string, unknown>> {
  const held = remembered(rewritesKey(session_id));
  return typeof held === "object" && held !== null && !Array.isArray(held) ? (held as Record<string, unknown>) : {};
}

/** The text for a message; null where it is not being rewritten. */
export function loadRewrite(session_id: string, message_id: string): string | null {
  const held = rewrites(session_id);
  const text = Object.hasOwn(held, message_id) ? held[message_id] : null;
  return typeof text === "string" ? text : null;
}

/** Null forgets. */
export function saveRewrite(session_id: string, message_id: string, text: string | null): void {
  const { [message_id]: _, ...others } = rewrites(session_id);
  const all = text === null ? others : { ...others, [message_id]: text };
  remember(rewritesKey(session_id), Object.keys(all).length === 0 ? null : all);
}
