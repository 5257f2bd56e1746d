import { isOpen, type Turn } from "@millrace/protocol";
import { History } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useReplay } from "../replay/use-replay.ts";
import { useApp } from "../shell/app-context.ts";

interface Props {
  turn: Turn;
  number: number | null;
  about: string;
  children?: ReactNode;
}

/** Which run is looked at, and the way to see it again. */
export function RunBar({ turn, number, about, children }: Props) {
  const { t } = useTranslation();
  const { replays, screen } = useApp();
  const { on, loading, play } = useReplay();
  const unavailable = useStore(replays, ({ problem }) => problem !== null);
  const again = () => {
    screen.setState({ sheet: null });
    play(turn.run_id);
  };
  return (
    <div className="pane-bar">
      <b>{t("inspector.run", { n: number ?? "…" })}</b>
      <span className="ell">{unavailable ? t("replay.problem.unavailable") : about}</span>
      <span className="grow" />
      {children}
      {!on && !isOpen(turn) && (
        <button
          type="button"
          className="icon-btn s28"
          data-testid="replay-run"
          disabled={loading}
          aria-label={t("replay.again")}
          title={t("replay.again")}
          onClick={again}
        >
          {loading ? <span className="spin" /> : <History className="i s14" aria-hidden />}
        </button>
      )}
    </div>
  );
}
