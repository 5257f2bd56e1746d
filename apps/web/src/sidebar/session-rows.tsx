import { useTranslation } from "react-i18next";
import { byDay } from "../sessions/session-list.ts";
import { useApp, useSession, useSessions } from "../shell/app-context.ts";
import { SessionRow } from "./session-row.tsx";

/** The conversations by day, newest first, and the way to older ones. */
export function SessionRows() {
  const { t } = useTranslation();
  const { sessions } = useApp();
  const { list, next_cursor, loading, seen } = useSessions((state) => state);
  const current = useSession((state) => state.session_id);
  return (
    <div className="side-list">
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
