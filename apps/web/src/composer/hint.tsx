import { openTurn } from "@millrace/protocol";
import { useTranslation } from "react-i18next";
import { useSession } from "../shell/app-context.ts";
import { MOD } from "../shell/use-media.ts";

/** What the keys do, now. */
export function Hint() {
  const { t } = useTranslation();
  const running = useSession((state) => openTurn(state.view) !== null);
  const keys = { enter: "Enter", shift: "Shift", mod: MOD };
  return <p className="hint">{running ? t("composer.hint_running", keys) : t("composer.hint", keys)}</p>;
}
