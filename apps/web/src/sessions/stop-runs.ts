import { type MillraceClient, RejectedError } from "@millrace/client";
import { emptyView, evolve, openTurn } from "@millrace/protocol";

/** What became of the runs that were open. `failed`: those of which nobody knows that they stop, and why not. */
export interface StoppedRuns {
  readonly stopped: number;
  readonly failed: number;
  readonly reason: string | null;
}

type Stopper = Pick<MillraceClient, "sessions" | "watch" | "stop" | "clock">;

const PAGE = 200;
/** Messages from the end of a log within which its open run has begun, nearly always. */
const TAIL = 24;
/** Milliseconds until a run that could not be found is given up. */
const PATIENCE_MS = 10_000;

/**
 * Stops every run of the user that is open now, whatever page of the sessions it is on. Rejects where they cannot be
 * listed. `known`: the run of the session on the screen, which is not read a second time.
 */
export async function stopEveryRun(
  client: Stopper,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<StoppedRuns> {
  const open: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await client.sessions.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const { session_id, status } of page.sessions)
      if (status === "running" || status === "waiting") open.push(session_id);
    cursor = page.next_cursor;
  }
  const ends = await Promise.allSettled(
    open.map((session_id) => stopOpenRun(client, session_id, known.get(session_id))),
  );
  const failed = ends.filter((end) => end.status === "rejected");
  return {
    stopped: ends.filter((end) => end.status === "fulfilled" && end.value).length,
    failed: failed.length,
    reason: failed[0] === undefined ? null : (failed[0].reason as Error).message,
  };
}

/** Whether there was a run to stop. */
async function stopOpenRun(client: Stopper, session_id: string, known: string | undefined): Promise<boolean> {
  const run_id = known ?? (await openRun(client, session_id, TAIL)) ?? (await openRun(client, session_id));
  if (run_id === null) return false;
  try {
    return (await client.stop(session_id, run_id)).outcome !== "already_ended";
  } catch (error) {
    if (error instanceof RejectedError && error.code === "not_found") return false;
    throw error;
  }
}

/** The run that is open at the end of a session's log, of which the end or, without `tail`, the whole is read. */
function openRun(client: Stopper, session_id: string, tail?: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let view = emptyView();
    const leave = () => {
      callOff();
      // Not from within: the watch that tells this may not have been handed out yet.
      queueMicrotask(() => watch.close());
    };
    const callOff = client.clock.after(PATIENCE_MS, () => {
      leave();
      reject(new Error("The connection is lost."));
    });
    const watch = client.watch(
      session_id,
      {
        onEvents: (events) => {
          for (const event of events) view = evolve(view, event);
        },
        onReset: (after) => {
          view = emptyView(after);
        },
        onLive: () => {
          leave();
          resolve(openTurn(view)?.run_id ?? null);
        },
        onState: (state) => {
          if (state !== "gone") return;
          leave();
          resolve(null);
        },
      },
      tail === undefined ? {} : { tail },
    );
  });
}
