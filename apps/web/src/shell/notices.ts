import type { SessionList } from "../sessions/session-list.ts";

/** What of a session is worth a notification. */
export interface SessionNews {
  readonly session_id: string;
  readonly title: string;
  readonly what: "done" | "failed" | "waiting";
}

/** What happened between two states of the list: runs that have ended, and those that ask. */
export function newsBetween(before: SessionList, after: SessionList): readonly SessionNews[] {
  const old = new Map(before.map(({ session_id, status }) => [session_id, status]));
  return after.flatMap(({ session_id, title, status }): SessionNews[] => {
    const was = old.get(session_id);
    if (was === undefined || was === status) return [];
    if (status === "waiting") return [{ session_id, title, what: "waiting" }];
    if (was !== "running" && was !== "waiting") return [];
    if (status === "failed") return [{ session_id, title, what: "failed" }];
    return status === "idle" ? [{ session_id, title, what: "done" }] : [];
  });
}
