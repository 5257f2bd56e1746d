import { openInteractions, type SessionChanged, type SessionSummary, type View } from "@millrace/protocol";

/** Sessions, last changed first. */
export type SessionList = readonly SessionSummary[];

/** The list with sessions put in or replaced; an older summary never replaces a newer one. */
export function merge(list: SessionList, summaries: readonly SessionSummary[]): SessionList {
  const byId = new Map(list.map((summary) => [summary.session_id, summary]));
  for (const summary of summaries) {
    const held = byId.get(summary.session_id);
    if (held === undefined || summary.head >= held.head) byId.set(summary.session_id, summary);
  }
  return [...byId.values()].sort((a, b) => b.updated_at - a.updated_at);
}

export function apply(list: SessionList, { type: _, ...summary }: SessionChanged): SessionList {
  return summary.status === "deleted"
    ? list.filter((held) => held.session_id !== summary.session_id)
    : merge(list, [summary]);
}

/**
 * The list after its first page was fetched anew: what the page should have held and does not is gone. With no
 * `next_cursor` the page is the whole list.
 */
export function refresh(list: SessionList, page: readonly SessionSummary[], next_cursor: string | null): SessionList {
  const oldest =
    next_cursor === null ? Number.NEGATIVE_INFINITY : (page.at(-1)?.updated_at ?? Number.POSITIVE_INFINITY);
  const fetched = new Set(page.map((summary) => summary.session_id));
  const kept = list.filter((held) => held.updated_at < oldest || fetched.has(held.session_id));
  return merge(kept, page);
}

export type Day = "today" | "yesterday" | "week" | "older";

/** Sessions under the day of their last change, in the reader's time zone; days without any are left out. */
export function byDay(list: SessionList, now: number): readonly { day: Day; sessions: SessionList }[] {
  const groups = new Map<Day, SessionSummary[]>();
  for (const summary of list) {
    const day = dayOf(summary.updated_at, now);
    const group = groups.get(day);
    if (group === undefined) groups.set(day, [summary]);
    else group.push(summary);
  }
  return [...groups].map(([day, sessions]) => ({ day, sessions }));
}

function dayOf(ts: number, now: number): Day {
  const today = new Date(now);
  const midnight = (back: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() - back).getTime();
  if (ts >= midnight(0)) return "today";
  if (ts >= midnight(1)) return "yesterday";
  return ts >= midnight(7) ? "week" : "older";
}

/** What a session's own log says of its state: newer than any summary. */
export function statusOf(view: View): "running" | "waiting" | "failed" | "idle" {
  const turn = view.turns.at(-1);
  if (turn === undefined || turn.phase.state === "done" || turn.phase.state === "cancelled") return "idle";
  if (turn.phase.state === "error") return "failed";
  return openInteractions(turn).length > 0 ? "waiting" : "running";
}

export type RowStatus = "running" | "waiting" | "failed" | "unread" | "idle";

/**
 * What a row shows. `seen`: the time of the last event that this browser showed of the session, if it ever did. What
 * is said moves `updated_at`; a new name and the like do not.
 */
export function rowStatus(summary: SessionSummary, seen: number | undefined, current: boolean): RowStatus {
  if (summary.status === "running" || summary.status === "waiting") return summary.status;
  if (!current && seen !== undefined && summary.updated_at > seen && summary.status === "idle") return "unread";
  return summary.status === "failed" ? "failed" : "idle";
}
