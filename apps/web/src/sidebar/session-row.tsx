import { openTurn, type SessionSummary } from "@millrace/protocol";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Ask } from "../ask/ask.ts";
import { languageOf } from "../i18n/language.ts";
import { type Day, rowStatus, statusOf } from "../sessions/session-list.ts";
import { useApp, useSession } from "../shell/app-context.ts";
import { RenameSession } from "../shell/chunks.tsx";
import { LinkTo } from "../shell/link-to.tsx";
import { timeOfDay } from "../time/format.ts";
import { RowMenu } from "./row-menu.tsx";

/** In a word: a permission or limit, or something the agent wants to know. */
function askedIn([ask]: readonly Ask[]): "permission" | "question" | null {
  if (ask === undefined) return null;
  return ask.about.kind === "permission" || ask.about.kind === "breaker" ? "permission" : "question";
}

interface Props {
  summary: SessionSummary;
  seen: number | undefined;
  current: boolean;
  day: Day;
}

/** One conversation: shape, colour and word agree about its state. */
export const SessionRow = memo(function SessionRow({ summary, seen, current, day }: Props) {
  const { t } = useTranslation();
  const [mode, setMode] = useState<"row" | "rename">("row");
  const { session_id } = summary;
  const own = useSession((state) => (current && state.link === "live" ? statusOf(state.view) : null));
  const status = rowStatus(own === null ? summary : { ...summary, status: own }, seen, current);
  const { asks, removals, go } = useApp();
  const asked = useStore(asks, (state) => (current ? askedIn(state.asks) : null));
  const step = useSession((state) => (current ? (openTurn(state.view)?.step ?? 0) : 0));
  const title = summary.title === "" ? t("app.untitled") : summary.title;
  const remove = () => {
    removals.begin({ session_id, title });
    if (current) go(null);
  };
  const meta = {
    running: step > 0 ? t("session.step", { n: step }) : t("session.running"),
    waiting: t(asked === null ? "session.waiting" : `session.waiting_${asked}`),
    failed: t("session.failed"),
    unread: day === "today" ? timeOfDay(summary.updated_at) : "",
    idle: day === "today" ? timeOfDay(summary.updated_at) : "",
  }[status];
  return (
    <li
      className="sess"
      data-testid="session-row"
      data-session-id={session_id}
      data-status={status}
      data-current={current}
    >
      {mode === "rename" ? (
        <RenameSession session_id={session_id} title={summary.title} done={() => setMode("row")} />
      ) : (
        <>
          <LinkTo session_id={session_id} className="sess-open" current={current}>
            <span className={`dot ${status}`} />
            <span className="ell" dir="auto" lang={languageOf(title)}>
              {title}
            </span>
            {status === "unread" && <span className="sr">{t("session.unread")}</span>}
            <span className={`meta ${status}`}>{meta}</span>
          </LinkTo>
          <RowMenu title={title} rename={() => setMode("rename")} remove={remove} session_id={session_id} />
        </>
      )}
    </li>
  );
});
