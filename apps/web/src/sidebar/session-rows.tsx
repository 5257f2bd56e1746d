import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { languageOf } from "../i18n/language.ts";
import { byDay } from "../sessions/session-list.ts";
import { useApp, useOutbox, useSession, useSessions } from "../shell/app-context.ts";
import { SessionRow } from "./session-row.tsx";

/** The conversations by day, newest first, and the way to older ones. */
export function SessionRows() {
  const { t } = useTranslation();
  const { sessions, removals } = useApp();
  const removed = useStore(removals, (state) => state.waiting);
  const { list: all, next_cursor, loading, seen } = useSessions((state) => state);
  const current = useSession((state) => state.session_id);
  const list =
    removed.length === 0 ? all : all.filter((held) => removed.every((one) => one.session_id !== held.session_id));
  return (
    <div className="side-list">
      <NewRow />
      {byDay(list, Date.now()).map(({ day, sessions: own }) => (
        <section key={day}>
          <h2 className="side-day">{t(`side.${day}`)}</h2>
          <ul>
            {own.map((summary) => (
              <SessionRow
                key={summary.session_id}
                summary={summary}
                seen={seen[summary.session_id]}
                current={summary.session_id === current}
                day={day}
              />
            ))}
          </ul>
        </section>
      ))}
      {loading === "done" && list.length === 0 && <p className="side-note">{t("side.none")}</p>}
      {loading === "failed" && (
        <p className="side-note">
          {t("side.failed")}{" "}
          <button type="button" className="link" onClick={sessions.refresh}>
            {t("side.retry")}
          </button>
        </p>
      )}
      {next_cursor !== null && loading !== "failed" && (
        <button
          type="button"
          className="btn small ghost side-more"
          disabled={loading === "more"}
          onClick={sessions.more}
        >
          {t("side.more")}
        </button>
      )}
    </div>
  );
}

/** A conversation whose first message is on its way. */
function NewRow() {
  const { t } = useTranslation();
  const content = useOutbox().find((entry) => entry.session_id === null && entry.state !== "rejected")?.content;
  if (content === undefined) return null;
  const title = content.trim().slice(0, 60) || t("app.untitled");
  return (
    <div className="sess" data-testid="new-row" data-current="true">
      <span className="sess-open">
        <span className="dot" />
        <span className="ell" lang={languageOf(title)}>
          {title}
        </span>
      </span>
    </div>
  );
}
