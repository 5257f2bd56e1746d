import { type Event, fromOf } from "@millrace/protocol";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import { useApp, useSession } from "../shell/app-context.ts";
import { requestJson } from "../shell/gateway-http.ts";
import { EventList, type Listed } from "./event-list.ts";

/** Positions of the log that are fetched at a time. */
const PAGE = 2_000;

export interface ListedEvents {
  readonly list: EventList;
  readonly listed: Listed;
  readonly loading: boolean;
  /** Fetches what comes before the first event that is listed: a page of it, or all. */
  loadOlder(all?: "all"): void;
}

/** The events of the session that is shown, from its last ones on; older ones come when asked for. */
export function useEvents(): ListedEvents {
  const { session, replays } = useApp();
  const session_id = useSession((state) => state.session_id);
  const scene = useStore(replays, (state) => state.scene);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another session or replay is another list
  const list = useMemo(() => new EventList(), [session, session_id]);
  const listed = useSyncExternalStore(list.subscribe, list.get);
  const [loading, setLoading] = useState(false);
  const busy = useRef(false);
  useEffect(() => {
    list.follow(session.getState().recent);
    return session.subscribe(({ recent }) => list.follow(recent));
  }, [list, session]);
  const loadOlder = useCallback(
    async (all?: "all") => {
      if (busy.current || session_id === null) return;
      busy.current = true;
      setLoading(true);
      try {
        for (let before = list.get().first; before > 1; before = list.get().first) {
          list.prepend(
            scene === null
              ? await page(session_id, before)
              : scene.log.events.filter((event) => fromOf(event) < before),
          );
          if (all === undefined || list.get().first >= before) return;
        }
      } finally {
        busy.current = false;
        setLoading(false);
      }
    },
    [list, session_id, scene],
  );
  return { list, listed, loading, loadOlder: (all) => void loadOlder(all).catch(() => undefined) };
}

function page(session_id: string, before: number): Promise<readonly Event[]> {
  const after = Math.max(0, before - 1 - PAGE);
  return requestJson(
    "GET",
    `/api/v1/sessions/${encodeURIComponent(session_id)}/events?after=${after}&before=${before}`,
  );
}
