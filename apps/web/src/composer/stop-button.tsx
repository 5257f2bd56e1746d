import { openTurn } from "@millrace/protocol";
import { useTranslation } from "react-i18next";
import { useApp, useSession } from "../shell/app-context.ts";

/** Always there while a run is open. Says so after the press, until the log says the run ended. */
export function StopButton({ small }: { small: boolean }) {
  const { t } = useTranslation();
  const { session } = useApp();
  const stopping = useSession(({ view, stop_pressed }) => {
    const turn = openTurn(view);
    return turn !== null && (turn.phase.state === "stopping" || turn.run_id === stop_pressed);
  });
  const waits = useSession(({ view }) => view.queue.length > 0);
  const word = t(stopping ? "unsent.stopping_now" : "composer.stop");
  return (
    <button
      type="button"
      className={small ? "stop small" : "stop"}
      data-testid="stop"
      aria-disabled={stopping}
      aria-label={waits && !stopping ? t("unsent.stop") : word}
      title={waits && !stopping ? t("unsent.stop") : undefined}
      onClick={() => session.stop()}
    >
      {stopping ? <span className="spin quiet" /> : <span className="sq" />}
      {!small && word}
    </button>
  );
}
