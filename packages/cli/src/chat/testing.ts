import type { StreamChunk } from "@millrace/client";

/** A chunk of run `r` in session `s`; type and fields as given. */
export function chunk(type: StreamChunk["type"], fields: object = {}): StreamChunk {
  return { v: 1, type, session_id: "s", run_id: "r", seq: 1, ts: 0, ...fields } as StreamChunk;
}

export const usage = { input_tokens: 12_345, output_tokens: 67, total_tokens: 12_412 } as const;
