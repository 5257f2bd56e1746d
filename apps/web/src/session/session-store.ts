import type { MillraceClient, Watch, WatchState } from "@millrace/client";
import { type Event, emptyView, fold, type Message, openTurn, type View } from "@millrace/protocol";
import { createStore, type StoreApi } from "zustand/vanilla";
import { FoldBuffer, type Preceding } from "./fold-buffer.ts";
import type { Schedule } from "./next-frame.ts";

export interface SessionState {
  /** Null: a new chat, nothing is watched. */
  readonly session_id: string | null;
  readonly link: WatchState;
  readonly view: View;
  readonly recent: readonly Event[];
  /** Only the end of the conversation is in the view: what came before is on its way. */
  readonly partial?: boolean;
  /** It does not come for now; asks for it at once. */
  readonly askOlder?: (() => void) | null;
  /** Milliseconds that this clock is ahead of the log's, as far as live events tell. */
  readonly skew: number;
  /** The run whose Stop was pressed here; the log may not say so yet. */
  readonly stop_pressed: string | null;
  /** Messages that Stop took back, until the message box has them. */
  readonly taken_back?: string;
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
  partial: false,
  askOlder: null,
  skew: 0,
  stop_pressed: null,
  taken_back: "",
};

/** The messages that a conversation is opened with: more than are drawn at once. */
const TAIL = 24;

/** What a log holds up to a position, in the history that `epoch` names. */
export interface Older extends Preceding {
  readonly epoch: string | null;
}

/** What is read: a session's log up to `to`, folded by `fold` on top of `begin`, the empty view. */
export interface OlderRange {
  readonly session_id: string;
  readonly to: number;
  readonly signal: AbortSignal;
  readonly begin: View;
  /** Called with a way to ask at once as soon as it is late, and with null when it is no more. */
  readonly late: (ask: (() => void) | null) => void;
  readonly fold: (view: View, events: Iterable<Event>) => View;
}

/** Rejects where it cannot be had, with the HTTP status in `cause.status` where the gateway said why. */
type ReadOlder = (range: OlderRange) => Promise<Older>;

interface SessionStoreOptions {
  readonly now?: () => number;
  /** When to fold what was there before a session was opened, until all of it has come. */
  readonly history?: Schedule;
  /** Reads what came before the end that a session is opened with; without it, it is watched from its beginning. */
  readonly readOlder?: ReadOlder;
  /** The gateway does not know any more who reads. */
  readonly signedOut?: () => void;
  /** Called before Stop, with what waits for the run. */
  readonly takeBack?: (session_id: string, queue: readonly Message[]) => void;
}

/** The session is not there any more. */
const DELETED: ReadonlySet<unknown> = new Set([404, 410]);
const SIGNED_OUT = 401;

/** The session on the screen: watches it, folds its events once per frame, and sets the state once per fold. */
export function createSessionStore(
  client: Pick<MillraceClient, "watch" | "stop">,
  schedule: Schedule,
  { now = Date.now, history = schedule, readOlder, signedOut, takeBack }: SessionStoreOptions = {},
): SessionStore {
  const store = createStore<SessionState>(() => ({ session_id: null, ...NOTHING }));
  let watch: Watch | null = null;
  let buffer: FoldBuffer | null = null;
  let reading = new AbortController();

  const close = () => {
    reading.abort();
    watch?.close();
    buffer?.close();
    watch = buffer = null;
  };

  const begin = (session_id: string, read: ReadOlder | undefined) => {
    let least = Number.POSITIVE_INFINITY;
    let fresh = true;
    const opened = new FoldBuffer(
      (callback) => (fresh ? history : schedule)(callback),
      ({ view, recent, partial }, events) => {
        const last = events.at(-1);
        if (last !== undefined && store.getState().link === "live") least = Math.min(least, now() - last.ts);
        store.setState({ view, recent, partial, skew: Number.isFinite(least) ? least : 0 });
      },
    );
    const readOn = async (to: number) => {
      reading = new AbortController();
      const { signal } = reading;
      let status: unknown = null;
      const late = (askOlder: (() => void) | null) => {
        if (!signal.aborted) store.setState({ askOlder });
      };
      const older = await read?.({ session_id, to, signal, begin: emptyView(), late, fold }).catch((error: unknown) => {
        status = (error as { cause?: { status?: unknown } } | null)?.cause?.status;
        return null;
      });
      if (signal.aborted) return;
      if (older != null && older.epoch === watch?.epoch) return opened.precede(older);
      if (status === SIGNED_OUT) return signedOut?.();
      close();
      if (DELETED.has(status)) return store.setState({ link: "gone", partial: false });
      store.setState({ link: "subscribing" });
      begin(session_id, undefined);
    };
    buffer = opened;
    watch = client.watch(
      session_id,
      {
        onEvents: (events) => opened.push(events),
        onReset: (after) => {
          reading.abort();
          store.setState({ askOlder: null });
          opened.reset(after);
          if (after > 0) void readOn(after);
        },
        onLive: () => opened.flush(),
        onState: (link) => {
          if (buffer !== opened) return;
          // What came before is history: it must not be taken for live when the frame comes.
          if (link === "live") {
            opened.flush();
            fresh = false;
          }
          if (link === "gone") reading.abort();
          store.setState(link === "gone" ? { link, partial: false, askOlder: null } : { link });
        },
      },
      read === undefined ? {} : { tail: TAIL },
    );
  };

  return {
    ...store,
    now: () => now() - store.getState().skew,
    open(session_id) {
      if (session_id === store.getState().session_id) return;
      close();
      store.setState({ session_id, ...NOTHING });
      if (session_id === null) return;
      begin(session_id, readOlder);
    },
    stop() {
      const { session_id, view, stop_pressed } = store.getState();
      const turn = openTurn(view);
      if (session_id === null || turn === null || turn.phase.state === "stopping" || stop_pressed === turn.run_id)
        return;
      store.setState({ stop_pressed: turn.run_id });
      takeBack?.(session_id, view.queue);
      client.stop(session_id, turn.run_id).catch(() => store.setState({ stop_pressed: null }));
    },
    close,
  };
}
