import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp, usePreferences } from "../shell/app-context.ts";

const permission = () => ("Notification" in window ? Notification.permission : "missing");

/** Whether the browser tells when a run ends or asks. It is asked for its permission by this click, never before. */
export function NotifySwitch() {
  const { t } = useTranslation();
  const { preferences } = useApp();
  const [allowed, setAllowed] = useState(permission);
  const on = usePreferences((state) => state.notify === "on") && allowed === "granted";
  const id = useId();
  const toggle = async () => {
    if (on) return preferences.setState({ notify: "off" });
    if (allowed === "missing") return;
    const answer = await Notification.requestPermission();
    setAllowed(answer);
    preferences.setState({ notify: answer === "granted" ? "on" : "off" });
  };
  return (
    <section>
      <h3>{t("notify.title")}</h3>
      <p className="lead">{t("notify.lead")}</p>
      <div className="set-row">
        <span id={id}>{t("notify.label")}</span>
        <button
          type="button"
          className="switch"
          role="switch"
          data-testid="notify"
          aria-checked={on}
          aria-labelledby={id}
          disabled={allowed === "missing"}
          onClick={() => void toggle()}
        />
      </div>
      {allowed === "denied" && <p role="alert">{t("notify.blocked")}</p>}
      {allowed === "missing" && <p>{t("notify.missing")}</p>}
    </section>
  );
}
