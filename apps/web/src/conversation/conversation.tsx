import { openTurn, type View } from "@millrace/protocol";
import { ArrowDown } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp, useSession } from "../shell/app-context.ts";
import { OlderLate, TurnGroups } from "../shell/chunks.tsx";
import { EmptyScreen } from "../shell/empty-screen.tsx";
import { TurnsContext } from "./turns-context.ts";
import { useBlocked } from "./use-blocked.ts";
import { useCaughtUp } from "./use-caught-up.ts";
import { useKeptPlace } from "./use-kept-place.ts";
import { useStickToBottom } from "./use-stick-to-bottom.ts";
import { UserMessage } from "./user-message.tsx";

/** The transcript, and what is docked under it. `dock` gets what to call when the person sends something. */
export function Conversation({ dock }: { dock: (sent: () => void) => ReactNode }) {
  const { t } = useTranslation();
  const session_id = useSession((state) => state.session_id);
  const gone = useSession((state) => state.link === "gone");
  const view = useSession((state) => state.view);
  const { scroller, content, stuck, atStart, toBottom, atEnd, stay } = useStickToBottom(session_id);
  const blocked = useBlocked();
  const live = useSession((state) => state.link === "live") || blocked === "blocked_replay";
  const askOlder = useSession((state) => state.askOlder ?? null);
  const { wanted, ready } = useKeptPlace(scroller, { caughtUp: useCaughtUp(live), stuck, stay });
  const turns = useMemo(() => ({ blocked, live, sent: toBottom, atEnd, stay }), [blocked, live, toBottom, atEnd, stay]);
  const about = openTurn(view) === null ? view.queue : [];
  return (
    <TurnsContext value={turns}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div className="scroll" ref={scroller} role="log" aria-live="off" aria-label={t("chat.label")} tabIndex={0}>
        <div ref={content} className={session_id === null ? "empty" : undefined}>
          {session_id === null && <EmptyScreen />}
          {askOlder !== null && <OlderLate ask={askOlder} />}
          {session_id !== null && (
            <div className="read">
              {gone && <p className="end-note">{t("session.gone")}</p>}
              {ready && (
                <TurnGroups key={session_id} turns={view.turns} scroller={scroller} wanted={wanted} atStart={atStart} />
              )}
              {about.length > 0 && (
                <section className="turn">
                  {about.map((message) => (
                    <UserMessage key={message.message_id} content={message.content} />
                  ))}
                </section>
              )}
            </div>
          )}
        </div>
      </div>
      <div className="dock">
        {!stuck && session_id !== null && <Pill view={view} toBottom={toBottom} />}
        {dock(toBottom)}
      </div>
    </TurnsContext>
  );
}

/** Back to the bottom, and how much came since the reader left it. */
function Pill({ view, toBottom }: { view: View; toBottom: () => void }) {
  const { t } = useTranslation();
  const { asks } = useApp();
  const left = useRef(view.seq);
  useEffect(() => {
    if (view.seq < left.current) left.current = view.seq;
  }, [view.seq]);
  const fresh = view.turns.reduce((sum, turn) => sum + turn.items.filter(({ seq }) => seq > left.current).length, 0);
  const waits = useStore(asks, (state) => state.asks.length > 0);
  return (
    <button type="button" className={waits ? "pill waits" : "pill"} onClick={toBottom}>
      {waits ? <span className="diamond" /> : <ArrowDown className="i s14" aria-hidden />}
      {waits ? t("chat.waiting") : fresh > 0 ? t("chat.new", { count: fresh }) : t("chat.latest")}
    </button>
  );
}
