import { Settings2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp, useScreen, useSession } from "../shell/app-context.ts";
import { currentExcluded } from "./choices.ts";
import { saveExcluded } from "./excluded-tools.ts";
import { ToolsMenu } from "./tools-chunk.tsx";

/** Which tools the next run may use: all of them, or how many are switched off. */
export function ToolsButton() {
  const { t } = useTranslation();
  const { screen } = useApp();
  const [opened, setOpened] = useState(false);
  const session_id = useSession((state) => state.session_id);
  const view = useSession((state) => state.view);
  const choice = useScreen((state) => state.excluded_tools);
  const excluded = currentExcluded({ excluded_tools: choice }, view);
  const off = excluded.length === 0 ? null : t("composer.tools_off", { n: excluded.length });
  const choose = (names: readonly string[]) => {
    screen.setState({ excluded_tools: names });
    saveExcluded(session_id, names);
  };
  const button = (
    <button
      type="button"
      className="model tools"
      data-testid="tools"
      aria-label={off === null ? t("composer.tools") : `${t("composer.tools")}: ${off}`}
      aria-haspopup="menu"
      onClick={() => setOpened(true)}
    >
      <Settings2 className="i" aria-hidden />
      <span className="not-small">{t("composer.tools")}</span>
      {off !== null && <span className="off">{off}</span>}
    </button>
  );
  if (!opened) return button;
  return <ToolsMenu trigger={button} excluded={excluded} choose={choose} />;
}
