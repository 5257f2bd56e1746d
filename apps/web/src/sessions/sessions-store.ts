import type { MillraceClient } from "@millrace/client";
import { createStore, type StoreApi } from "zustand/vanilla";
import { remember, remembered } from "../shell/browser-storage.ts";
import { apply, merge, refresh, type SessionList } from "./session-list.ts";

export interface SessionsState {
  readonly list: SessionList;
  /** Null: everything is loaded. */
  readonly next_cursor: string | null;
  readonly loading: "first" | "more" | "failed" | "done";
  /** Per session the time of the last event that was shown here; what tells unread ones. */
  readonly seen: Readonly<Record<string, number>>;
}

export interface SessionsStore extends StoreApi<SessionsState> {
  /** Fetches the first page again; what is held stays on the screen meanwhile. */
  refresh(): void;
  more(): void;
  saw(session_id: string, ts: number): void;
  forget(session_id: string): void;
  /** Listens to the client until the undo is called: live changes, and a refresh after each connect. */
  connect(): () => void;
}

const PAGE = 40;
const SEEN_KEY = "millrace.seen_at";
/** Sessions whose `seen` is remembered. */
const SEEN = 1_000;

export function createSessionsStore(
  client: Pick<MillraceClient, "sessions" | "connection" | "onSessionChanged">,
): SessionsStore {
  const store = createStore<SessionsState>(() => ({
    list: [],
    next_cursor: null,
    loading: "first",
    seen: loadSeen(),
  }));
  let request = 0;

  const store_seen = (seen: Readonly<Record<string, number>>) => {
    store.setState({ seen });
    remember(SEEN_KEY, Object.fromEntries(Object.entries(seen).slice(-SEEN)));
  };

  const api: SessionsStore = {
    ...store,
    refresh() {
      const own = ++request;
      client.sessions.list({ limit: PAGE }).then(
        ({ sessions, next_cursor }) => {
          if (own !== request) return;
          const state = store.getState();
          store.setState({
            list: refresh(state.list, sessions, next_cursor),
            next_cursor:
              state.list.length > sessions.length && next_cursor !== null && state.next_cursor !== null
                ? state.next_cursor
                : next_cursor,
            loading: "done",
          });
          const unknown = sessions.filter(({ session_id }) => !Object.hasOwn(state.seen, session_id));
          if (unknown.length > 0) {
            store_seen({
              ...Object.fromEntries(unknown.map(({ session_id, updated_at }) => [session_id, updated_at])),
              ...state.seen,
            });
          }
        },
        () => {
          if (own === request) store.setState({ loading: "failed" });
        },
      );
    },
    more() {
      const { next_cursor, loading } = store.getState();
      if (next_cursor === null || loading === "more") return;
      const own = ++request;
      store.setState({ loading: "more" });
      client.sessions.list({ limit: PAGE, cursor: next_cursor }).then(
        (page) => {
          if (own !== request) return;
          const list = merge(store.getState().list, page.sessions);
          store.setState({ list, next_cursor: page.next_cursor, loading: "done" });
        },
        () => {
          if (own === request) store.setState({ loading: "failed" });
        },
      );
    },
    saw(session_id, ts) {
      const { seen } = store.getState();
      if ((seen[session_id] ?? -1) < ts) store_seen({ ...seen, [session_id]: ts });
    },
    forget(session_id) {
      store.setState({ list: store.getState().list.filter((held) => held.session_id !== session_id) });
    },
    connect() {
      const undo = [
        client.onSessionChanged((change) => store.setState({ list: apply(store.getState().list, change) })),
        client.connection.subscribe(() => {
          if (client.connection.get().state === "online") api.refresh();
        }),
      ];
      api.refresh();
      return () => {
        for (const stop of undo) stop();
      };
    },
  };
  return api;
}

function loadSeen(): Record<string, number> {
  const held = remembered(SEEN_KEY);
  if (typeof held !== "object" || held === null) return {};
  return Object.fromEntries(Object.entries(held).filter(([, ts]) => typeof ts === "number")) as Record<string, number>;
}
