import { Settings as SettingsIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Settings } from "../shell/chunks.tsx";

export function SettingsButton() {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button
        type="button"
        className="icon-btn s28"
        data-testid="settings-button"
        aria-label={t("side.settings")}
        title={t("side.settings")}
        onClick={() => setOpened(true)}
      >
        <SettingsIcon className="i" aria-hidden />
      </button>
      {opened && <Settings closed={() => setOpened(false)} />}
    </>
  );
}
