import type { MillraceClient, Watch, WatchState } from "@millrace/client";
import { type Event, emptyView, openTurn, type View } from "@millrace/protocol";
import { createStore, type StoreApi } from "zustand/vanilla";
import { FoldBuffer } from "./fold-buffer.ts";
import type { Schedule } from "./next-frame.ts";

export interface SessionState {
  /** Null: a new chat, nothing is watched. */
  readonly session_id: string | null;
  readonly link: WatchState;
  readonly view: View;
  readonly recent: readonly Event[];
  /** Milliseconds that this clock is ahead of the log's, as far as live events tell. */
  readonly skew: number;
  /** The run whose Stop was pressed here; the log may not say so yet. */
  readonly stop_pressed: string | null;
}

export interface SessionStore extends StoreApi<SessionState> {
  /** The log's time in milliseconds. */
  now(): number;
  open(session_id: string | null): void;
  /** Presses Stop for the run that is open, if one is. */
  stop(): void;
  close(): void;
}

const NOTHING: Omit<SessionState, "session_id"> = {
  link: "subscribing",
  view: emptyView(),
  recent: [],
  skew: 0,
  stop_pressed: null,
};

/**
 * The session on the screen: watches it, folds its events once per frame, and sets the state once per fold.
 * `history`: when to fold what was there before a session was opened, until all of it has come.
 */
export function createSessionStore(
  client: Pick<MillraceClient, "watch" | "stop">,
  schedule: Schedule,
  now: () => number = Date.now,
  history: Schedule = schedule,
): SessionStore {
  const store = createStore<SessionState>(() => ({ session_id: null, ...NOTHING }));
  let watch: Watch | null = null;
  let buffer: FoldBuffer | null = null;

  const close = () => {
    watch?.close();
    buffer?.close();
    watch = buffer = null;
  };

  return {
    ...store,
    now: () => now() - store.getState().skew,
    open(session_id) {
      if (session_id === store.getState().session_id) return;
      close();
      store.setState({ session_id, ...NOTHING });
      if (session_id === null) return;
      let least = Number.POSITIVE_INFINITY;
      let fresh = true;
      const opened = new FoldBuffer(
        (callback) => (fresh ? history : schedule)(callback),
        ({ view, recent }, events) => {
          const last = events.at(-1);
          if (last !== undefined && store.getState().link === "live") least = Math.min(least, now() - last.ts);
          store.setState({ view, recent, skew: Number.isFinite(least) ? least : 0 });
        },
      );
      buffer = opened;
      watch = client.watch(session_id, {
        onEvents: (events) => opened.push(events),
        onReset: (after) => opened.reset(after),
        onLive: () => opened.flush(),
        onState: (link) => {
          if (buffer !== opened) return;
          // What came before is history: it must not be taken for live when the frame comes.
          if (link === "live") {
            opened.flush();
            fresh = false;
          }
          store.setState({ link });
        },
      });
    },
    stop() {
      const { session_id, view, stop_pressed } = store.getState();
      const turn = openTurn(view);
      if (session_id === null || turn === null || turn.phase.state === "stopping" || stop_pressed === turn.run_id)
        return;
      store.setState({ stop_pressed: turn.run_id });
      client.stop(session_id, turn.run_id).catch(() => store.setState({ stop_pressed: null }));
    },
    close,
  };
}
