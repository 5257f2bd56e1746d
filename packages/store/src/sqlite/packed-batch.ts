import type { NewSession, SummaryPatch } from "../log-store.ts";
import type { WrittenAppend, WrittenEntry } from "../written.ts";

/**
 * A batch as few values: to copy many objects or strings to another thread costs more than the text they hold. What
 * most entries lack is kept by the index of its entry or append.
 */
export interface PackedBatch {
  /** One a line. */
  readonly sessions: string;
  /** Entries of each append. */
  readonly counts: Uint32Array;
  /** One a line: JSON text holds no line break. */
  readonly bodies: string;
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
  return {
    sessions: sessions.join("\n"),
    counts: Uint32Array.from(counts),
    bodies: bodies.join("\n"),
    ...{ ids, texts, creates, summaries },
  };
}

export function unpack({ sessions, counts, bodies, ...rest }: PackedBatch): WrittenAppend[] {
  const ids = new Map(rest.ids);
  const texts = new Map(rest.texts);
  const creates = new Map(rest.creates);
  const summaries = new Map(rest.summaries);
  const names = sessions.split("\n");
  const lines = bodies.split("\n");
  let next = 0;
  const entry = (): WrittenEntry => {
    const id = ids.get(next);
    const text = texts.get(next) ?? null;
    const body = lines[next] as string;
    next += 1;
    return { body, text, ...(id !== undefined && { id }) };
  };
  return Array.from(counts, (count, index) => {
    const session_id = names[index] as string;
    const create = creates.get(index);
    const summary = summaries.get(index);
    const entries = Array.from({ length: count }, entry);
    return { session_id, entries, ...(create && { create }), ...(summary && { summary }) };
  });
}
