import type { NewEvent } from "@millrace/protocol";

/** Where a page of sessions ended: the update time and the tie-breaking key of its last row. */
export function pageCursor(updated_at: number, key: number): string {
  return `${updated_at}.${key}`;
}

/** Reads a page cursor; null for one that is not ours. */
export function pageAfter(cursor: string | undefined): { updated_at: number; key: number } | null {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor ?? "");
  return match === null ? null : { updated_at: Number(match[1]), key: Number(match[2]) };
}

/** Whether a text is a cursor that a page brought. */
export function isPageCursor(cursor: string): boolean {
  return pageAfter(cursor) !== null;
}

/** The text of an event that people search in: what they said, and final answers. Null for other events. */
export function searchText(event: NewEvent): string | null {
  return event.type === "user_message" || event.type === "done" ? event.content : null;
}
