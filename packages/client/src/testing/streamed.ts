import type { Event } from "@millrace/protocol";
import type { StreamChunk } from "../chunk.ts";
import type { StreamOptions } from "../stream-options.ts";
import { event, type Rig, settled } from "./rig.ts";

export const ID: string = "11111111-1111-4111-8111-111111111111";
export const user = (seq: number, message_id: string = ID): Event =>
  event(seq, { type: "user_message", message_id, content: "hi" });
export const start = (seq: number, message_ids: readonly string[] = [ID], run_id = "r1"): Event =>
  event(seq, { type: "session_start", run_id, message_ids });
export const done = (seq: number, run_id = "r1"): Event => event(seq, { type: "done", run_id, content: "" });
export const cancelled = (seq: number): Event => event(seq, { type: "cancelled", run_id: "r1", content: "" });

/** A stream whose consumer takes everything at once, and what came of it. */
export function consume(rig: Rig, options: StreamOptions = {}): { got: StreamChunk[]; end: Promise<string> } {
  const got: StreamChunk[] = [];
  const read = async (): Promise<string> => {
    for await (const event of rig.client.stream("hi", { messageId: ID, ...options })) got.push(event);
    return "ended";
  };
  return { got, end: read().catch((error: Error) => `${error.name}: ${error.message}`) };
}

/** Until the stream watches session `s`, with its message at `seq`. */
export async function watching(rig: Rig, seq = 1): Promise<void> {
  if (rig.state() !== "online") rig.online();
  rig.ack("send", { session_id: "s", message_id: ID, seq });
  await settled();
  rig.subscribed({ head: seq });
}

export async function frames(rig: Rig, ...events: Event[]): Promise<void> {
  for (const event of events) rig.socket.frame(event);
  await settled();
}

export const seqs = (events: readonly StreamChunk[]): number[] => events.map((event) => event.seq);
