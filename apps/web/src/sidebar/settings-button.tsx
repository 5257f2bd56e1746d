import { Settings as SettingsIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useApp } from "../shell/app-context.ts";

export function SettingsButton() {
  const { t } = useTranslation();
  const { screen } = useApp();
  return (
    <button
      type="button"
      className="icon-btn s28"
      data-testid="settings-button"
      aria-label={t("side.settings")}
      title={t("side.settings")}
      onClick={() => screen.setState({ overlay: { kind: "settings", section: "permissions" } })}
    >
      <SettingsIcon className="i" aria-hidden />
    </button>
  );
}
