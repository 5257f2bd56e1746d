import type { Event } from "@millrace/protocol";
import type { Connection } from "./connection.ts";
import type { Outbox } from "./outbox.ts";
import type { Requests } from "./requests.ts";
import { RunReader } from "./run-reader.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Clock, StreamOptions } from "./types.ts";

export interface StreamParts {
  connection: Connection;
  requests: Requests;
  subscriptions: Subscriptions;
  outbox: Outbox;
  clock: Clock;
}

/**
 * Sends a message when it is first read and yields its `user_message`, then the events of the run that takes it, to
 * that run's end; text comes once, also across losses. Throws RejectedError (message refused, session gone) and
 * DisconnectedError (`close`, a 41xx close, history replaced). Leaving the loop stops reading, not the run.
 */
export async function* streamRun(
  parts: StreamParts,
  content: string,
  options: StreamOptions = {},
): AsyncGenerator<Event, void, undefined> {
  const { session_id, message_id: given, mode, signal, ...run } = options;
  if (signal?.aborted) return;
  const { connection, outbox } = parts;
  connection.input({ type: "connect" });
  const { message_id, accepted } = outbox.send({
    content,
    ...(session_id !== undefined && { session_id }),
    ...(given !== undefined && { message_id: given }),
    ...(mode !== undefined && { mode }),
    ...(Object.keys(run).length > 0 && { options: run }),
  });
  const reader = new RunReader(parts, message_id);
  const onAbort = (): void => {
    if (!outbox.isUntried(message_id) || !outbox.withdraw(message_id)) reader.stop();
  };
  signal?.addEventListener("abort", onAbort);
  accepted.then(
    (ack) => reader.start(ack.session_id ?? session_id ?? "", (ack.seq ?? 1) - 1),
    (reason: Error) => (signal?.aborted && reason.name === "AbortError" ? reader.end() : reader.fail(reason)),
  );
  try {
    for (let event = await reader.take(); event !== null; event = await reader.take()) yield event;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    reader.end();
  }
}
