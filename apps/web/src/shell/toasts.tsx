import { CircleStop, CircleX, Trash2, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Removal } from "../sessions/removals.ts";
import { type ToldStop, useApp, useScreen } from "./app-context.ts";
import { hasFailed, loadFailed, onFailed } from "./part.ts";

/** What has just been done and can still be taken back. Read out when there is time. */
export function Toasts() {
  const late = useSyncExternalStore(onFailed, hasFailed);
  const { t } = useTranslation();
  const { removals } = useApp();
  const { waiting, failed } = useStore(removals);
  const stopped = useScreen((state) => state.stopped ?? null);
  return (
    <div className="toasts" role="status" aria-live="polite" aria-label={t("toast.label")}>
      {waiting.map((removal) => (
        <Deleted key={removal.session_id} removal={removal} />
      ))}
      {late && (
        <div className="toast fail" data-testid="part-failed">
          <CircleX className="i" aria-hidden />
          <span className="grow">{t("app.part_failed")}</span>
          <button type="button" className="btn small" onClick={loadFailed}>
            {t("side.retry")}
          </button>
        </div>
      )}
      {stopped !== null && <Stopped told={stopped} />}
      {failed !== null && (
        <div className="toast fail" data-testid="toast">
          <CircleX className="i" aria-hidden />
          <span className="grow">{t("toast.not_deleted", { title: failed.title, reason: failed.reason })}</span>
          <button
            type="button"
            className="icon-btn s28"
            aria-label={t("toast.dismiss")}
            onClick={() => removals.dismiss()}
          >
            <X className="i" aria-hidden />
          </button>
        </div>
      )}
    </div>
  );
}

function Deleted({ removal: { session_id, title } }: { removal: Removal }) {
  const { t } = useTranslation();
  const { removals } = useApp();
  return (
    <div className="toast" data-testid="toast">
      <Trash2 className="i" aria-hidden />
      <span className="grow ell">{t("toast.deleted", { title })}</span>
      <button type="button" className="btn small" data-testid="undo" onClick={() => removals.undo(session_id)}>
        {t("toast.undo")}
      </button>
    </div>
  );
}

function Stopped({ told: { runs, reason } }: { told: ToldStop }) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const bad = runs === null || runs.failed > 0;
  return (
    <div className={bad ? "toast fail" : "toast"} data-testid="stopped-runs">
      {bad ? <CircleX className="i" aria-hidden /> : <CircleStop className="i" aria-hidden />}
      <span className="grow">
        {runs !== null && (
          <span>
            {runs.stopped === 0 && !bad ? t("toast.none_open") : t("toast.stopping", { count: runs.stopped })}{" "}
          </span>
        )}
        {bad &&
          (runs === null
            ? t("toast.none_stopped", { reason })
            : t("toast.not_stopped", { count: runs.failed, reason }))}
      </span>
      <button
        type="button"
        className="icon-btn s28"
        aria-label={t("toast.dismiss")}
        onClick={() => screen.setState({ stopped: null })}
      >
        <X className="i" aria-hidden />
      </button>
    </div>
  );
}
