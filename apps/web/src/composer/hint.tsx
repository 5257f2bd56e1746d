import { openTurn } from "@millrace/protocol";
import { useTranslation } from "react-i18next";
import { useSession } from "../shell/app-context.ts";
import { MOD } from "../shell/use-media.ts";

/** What the keys do, now. `typing`: something is written, so that it matters how it is sent. */
export function Hint({ typing }: { typing: boolean }) {
  const { t } = useTranslation();
  const running = useSession((state) => openTurn(state.view) !== null);
  const waits = useSession(({ view }) => view.queue.length > 0);
  const keys = { enter: "Enter", shift: "Shift", mod: MOD };
  if (!running) return <p className="hint">{t("composer.hint", keys)}</p>;
  if (waits && !typing) return <p className="hint">{t("unsent.stop_hint")}</p>;
  return <p className="hint">{typing ? t("unsent.hint_modes") : t("unsent.hint_running", keys)}</p>;
}
