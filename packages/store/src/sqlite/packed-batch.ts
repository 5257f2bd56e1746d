import type { NewSession, SummaryPatch } from "../log-store.ts";
import type { WrittenAppend, WrittenEntry } from "../written.ts";

/**
 * A batch as few flat lists: to copy an object to another thread costs more than the text it holds. What most
 * entries lack is kept by the index of its entry or append.
 */
export interface PackedBatch {
  readonly sessions: readonly string[];
  /** Entries of each append. */
  readonly counts: readonly number[];
  readonly bodies: readonly string[];
  readonly ids: readonly (readonly [entry: number, id: string])[];
  readonly texts: readonly (readonly [entry: number, text: string])[];
  readonly creates: readonly (readonly [append: number, create: NewSession])[];
  readonly summaries: readonly (readonly [append: number, summary: SummaryPatch])[];
}

export function pack(batch: readonly WrittenAppend[]): PackedBatch {
  const sessions: string[] = [];
  const counts: number[] = [];
  const bodies: string[] = [];
  const ids: [number, string][] = [];
  const texts: [number, string][] = [];
  const creates: [number, NewSession][] = [];
  const summaries: [number, SummaryPatch][] = [];
  for (const { session_id, entries, create, summary } of batch) {
    if (create !== undefined) creates.push([sessions.length, create]);
    if (summary !== undefined) summaries.push([sessions.length, summary]);
    for (const { body, id, text } of entries) {
      if (id !== undefined) ids.push([bodies.length, id]);
      if (text !== null) texts.push([bodies.length, text]);
      bodies.push(body);
    }
    sessions.push(session_id);
    counts.push(entries.length);
  }
  return { sessions, counts, bodies, ids, texts, creates, summaries };
}

export function unpack({ sessions, counts, bodies, ...rest }: PackedBatch): WrittenAppend[] {
  const ids = new Map(rest.ids);
  const texts = new Map(rest.texts);
  const creates = new Map(rest.creates);
  const summaries = new Map(rest.summaries);
  let next = 0;
  const entry = (): WrittenEntry => {
    const id = ids.get(next);
    const text = texts.get(next) ?? null;
    const body = bodies[next] as string;
    next += 1;
    return { body, text, ...(id !== undefined && { id }) };
  };
  return sessions.map((session_id, index) => {
    const create = creates.get(index);
    const summary = summaries.get(index);
    const entries = Array.from({ length: counts[index] as number }, entry);
    return { session_id, entries, ...(create && { create }), ...(summary && { summary }) };
  });
}
