import type { StreamChunk } from "@millrace/client";

/** No event twice, none out of order, and deltas of a block without a gap. */
export function faults(chunks: readonly StreamChunk[]): string[] {
  const found: string[] = [];
  const ends = new Map<string, number>();
  let last = 0;
  for (const chunk of chunks) {
    if (chunk.seq <= last) found.push(`${chunk.type} ${chunk.seq} after ${last}`);
    last = chunk.seq;
    if (chunk.type !== "text_delta" && chunk.type !== "thinking") continue;
    if (chunk.offset !== (ends.get(chunk.block_id) ?? 0)) found.push(`offset ${chunk.offset} at ${chunk.seq}`);
    ends.set(chunk.block_id, chunk.offset + chunk.content.length);
  }
  return found;
}
