import { type MillraceClient, RejectedError } from "@millrace/client";
import { createStore, type StoreApi } from "zustand/vanilla";

export interface Removal {
  readonly session_id: string;
  readonly title: string;
}

interface RemovalsState {
  /** Taken off the lists here, still whole at the gateway. */
  readonly waiting: readonly Removal[];
  /** One that the gateway did not delete, so that it is back. */
  readonly failed: (Removal & { readonly reason: string }) | null;
}

export interface Removals extends StoreApi<RemovalsState> {
  begin(removal: Removal): void;
  undo(session_id: string): void;
  /** For a page that goes away: what waits is deleted now, by requests that outlive the page. */
  flush(): void;
  dismiss(): void;
}

/** How long a deletion can be taken back. Milliseconds. */
const UNDO_MS = 8_000;

/** Deletions that can be taken back: nothing is sent before their time is over. `deleted` hears which one was done. */
export function createRemovals(
  client: Pick<MillraceClient, "deleteSession">,
  deleted: (session_id: string) => void,
  later: (work: () => void) => () => void = (work) => {
    const timer = setTimeout(work, UNDO_MS);
    return () => clearTimeout(timer);
  },
): Removals {
  const store = createStore<RemovalsState>(() => ({ waiting: [], failed: null }));
  const timers = new Map<string, () => void>();

  const drop = (session_id: string) => {
    timers.get(session_id)?.();
    timers.delete(session_id);
    store.setState(({ waiting }) => ({ waiting: waiting.filter((held) => held.session_id !== session_id) }));
  };
  const remove = (removal: Removal) => {
    const { session_id } = removal;
    timers.delete(session_id);
    client
      .deleteSession(session_id)
      .catch((error: unknown) => {
        if (!(error instanceof RejectedError && error.code === "not_found")) throw error;
      })
      .then(
        () => {
          deleted(session_id);
          drop(session_id);
        },
        (error: Error) => {
          drop(session_id);
          store.setState({ failed: { ...removal, reason: error.message } });
        },
      );
  };

  return {
    ...store,
    begin(removal) {
      const { session_id } = removal;
      if (store.getState().waiting.some((held) => held.session_id === session_id)) return;
      store.setState(({ waiting }) => ({ waiting: [...waiting, removal], failed: null }));
      timers.set(
        session_id,
        later(() => remove(removal)),
      );
    },
    undo(session_id) {
      if (timers.has(session_id)) drop(session_id);
    },
    flush() {
      for (const [session_id, callOff] of timers) {
        callOff();
        fetch(`/api/v1/sessions/${encodeURIComponent(session_id)}`, { method: "DELETE", keepalive: true }).then(
          () => deleted(session_id),
          () => undefined,
        );
      }
      timers.clear();
      store.setState({ waiting: [] });
    },
    dismiss() {
      store.setState({ failed: null });
    },
  };
}
