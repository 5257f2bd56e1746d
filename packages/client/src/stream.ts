import { chunkOf, type StreamChunk } from "./chunk.ts";
import type { RunLink } from "./run-link.ts";
import { neverRan, RunReader } from "./run-reader.ts";
import { outgoing, type StreamOptions } from "./stream-options.ts";

/**
 * Sends a message when it is first read and yields its `user_message`, then the events of the run that takes it, to
 * that run's end; text comes once, also across losses. The last chunk is `done`, `cancelled` or `error`. A
 * `cancelled` without `run_id` is the client's own: the message was taken back before any run had it.
 * Throws RejectedError (message refused, session gone) and DisconnectedError (`close`, a 41xx close, history replaced).
 */
export async function* streamRun(
  link: RunLink,
  content: string,
  options: StreamOptions = {},
): AsyncGenerator<StreamChunk, void, undefined> {
  const { sessionId, signal, stopOnLeave = false } = options;
  if (signal?.aborted) return void (yield neverRan(sessionId ?? "", 0, link.clock.now()));
  link.connect();
  const { message_id, accepted } = link.send(outgoing(content, sessionId, options));
  const reader = new RunReader(link, message_id);
  const onAbort = (): void => reader.stop();
  signal?.addEventListener("abort", onAbort);
  accepted.then(
    (ack) => reader.start(ack.session_id ?? sessionId ?? "", (ack.seq ?? 1) - 1),
    (reason: Error) => reader.refused(reason, sessionId ?? ""),
  );
  try {
    for (let event = await reader.take(); event !== null; event = await reader.take()) yield chunkOf(event);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (stopOnLeave) await reader.leave();
    reader.end();
  }
}
