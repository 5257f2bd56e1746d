import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { useApp, useSession, useSessions } from "./app-context.ts";
import { missedAfter, NOTHING_MISSED } from "./missed.ts";
import { useTitle } from "./use-title.ts";

/** `(2) ◆ Title · Millrace`: in how many conversations something happened while the page was hidden; whether one waits. */
export function useDocumentTitle(): void {
  const title = useTitle();
  const waits = useSomeoneWaits();
  const missed = useMissed();
  useEffect(() => {
    const count = missed > 0 ? `(${missed}) ` : "";
    document.title = `${count}${waits ? "◆ " : ""}${title === null ? "" : `${title} · `}Millrace`;
  }, [title, waits, missed]);
}

/** Whether a question waits, in this conversation or in another one. */
function useSomeoneWaits(): boolean {
  const { asks } = useApp();
  const session_id = useSession((state) => state.session_id);
  const here = useStore(asks, (state) => state.asks.length > 0);
  const elsewhere = useSessions(({ list }) =>
    list.some((held) => held.status === "waiting" && held.session_id !== session_id),
  );
  return here || elsewhere;
}

/** Conversations in which a run has ended or asks since the page was hidden. Seen is what is there when it is shown. */
function useMissed(): number {
  const { sessions } = useApp();
  const [missed, setMissed] = useState(NOTHING_MISSED);
  useEffect(() => {
    const seen = () => {
      if (document.visibilityState === "visible") setMissed(NOTHING_MISSED);
    };
    document.addEventListener("visibilitychange", seen);
    const undo = sessions.subscribe(({ list }, { list: before }) => {
      if (list === before || document.visibilityState === "visible") return;
      setMissed((held) => missedAfter(held, before, list));
    });
    return () => {
      document.removeEventListener("visibilitychange", seen);
      undo();
    };
  }, [sessions]);
  return missed.size;
}
