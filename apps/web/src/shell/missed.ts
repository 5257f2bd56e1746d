import type { SessionList } from "../sessions/session-list.ts";
import { newsBetween } from "./notices.ts";

/** Sessions of which the reader has missed something: a run that ended, or a question that still waits. */
type Missed = ReadonlySet<string>;

export const NOTHING_MISSED: Missed = new Set();

/** What is missed after the list changed while nobody looked. What has been deleted or goes on is missed no more. */
export function missedAfter(missed: Missed, before: SessionList, after: SessionList): Missed {
  const news = newsBetween(before, after).map(({ session_id }) => session_id);
  const resting = new Set(after.flatMap(({ session_id, status }) => (status === "running" ? [] : [session_id])));
  const next = new Set([...missed, ...news].filter((session_id) => resting.has(session_id)));
  return next.size === missed.size && [...next].every((session_id) => missed.has(session_id)) ? missed : next;
}
