import type { Context } from "./context.ts";
import { EventLines } from "./event-lines.ts";
import { type Fault, Faults } from "./fault.ts";
import { textOf } from "./log-judge.ts";
import { open } from "./place.ts";
import type { Received } from "./received.ts";

/** A run as `POST /agent/run/stream` told it. */
export interface Streamed {
  /** Null where the connection was lost before the gateway said which message it is. */
  readonly message_id: string | null;
  /** Everything that was said, pieces joined. */
  readonly said: string;
  /** It told the run's end. */
  readonly ended: boolean;
  /** The connection was lost on the way. */
  readonly lost: boolean;
  /** What an attempt said that was given up afterwards is in it too. */
  readonly retried: boolean;
}

interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Lets a session run through the door that takes a message and answers with its run. @throws CommandFailure */
export async function runStream(
  { place, gate, signal, counts }: Context,
  body: { readonly session_id: string; readonly message: string },
): Promise<Streamed> {
  const init = { method: "POST", body: JSON.stringify(body), signal };
  const response = await gate.patiently(place, () => open(place, "agent/run/stream", init));
  counts.messages += 1;
  const told: Told[] = [];
  const lines = new EventLines();
  let lost = false;
  try {
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>)
      told.push(...lines.read(bytes).map(({ data }) => JSON.parse(data) as Told));
  } catch {
    signal.throwIfAborted();
    lost = true;
  }
  counts.frames += told.length;
  const ids = told.find(({ type }) => type === "session_start")?.data.message_ids;
  return {
    message_id: Array.isArray(ids) && typeof ids[0] === "string" ? ids[0] : null,
    said: told.flatMap(({ type, data }) => (type === "content" ? [String(data.delta)] : [])).join(""),
    ended: ["done", "error", "cancelled"].includes(told.at(-1)?.type ?? ""),
    lost,
    retried: told.some(({ type }) => type === "retry"),
  };
}

/** Holds what was told against the log. */
export function judgeStream(name: string, events: readonly Received[], streamed: Streamed): readonly Fault[] {
  const faults = new Faults();
  const { message_id, said, ended, lost, retried } = streamed;
  const about = `${name}: the run's stream of message ${message_id}`;
  if (!ended && !lost) faults.add("ENDS", `${about} ended without the run's end`);
  const takes = ({ message_ids }: Received): boolean => Array.isArray(message_ids) && message_ids.includes(message_id);
  const run_id = events.find(takes)?.run_id;
  if (run_id === undefined || retried) return faults.list;
  const stored = textOf(events.filter((event) => event.run_id === run_id));
  if (lost ? !stored.startsWith(said) : stored !== said) faults.add("TEXT", `${about} is not the stored text`);
  return faults.list;
}
