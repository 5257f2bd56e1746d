import type { NewEvent } from "@millrace/protocol";
import type { NewSession } from "../src/log-store.ts";

export const SESSIONS: readonly string[] = ["s0", "s1", "s2"];

export const NEW: NewSession = { user_id: "u", title: "t", epoch: "e", created_at: 1 };

/** What the delta at a position says: every position can be checked for itself. */
export function textAt(position: number): string {
  return `${position};`;
}

/** What the positions from one to another say together. */
export function textOf(from: number, to: number): string {
  let text = "";
  for (let position = from; position <= to; position += 1) text += textAt(position);
  return text;
}

export function deltaAt(position: number, offset: number): NewEvent {
  return { type: "text_delta", ts: 1, run_id: "r", block_id: "b", offset, content: textAt(position) };
}
