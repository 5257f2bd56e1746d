import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useApp } from "./app-context.ts";
import { newsBetween } from "./notices.ts";

/** While the page is hidden: the browser tells when a run ends or asks, where the reader wants that and allowed it. */
export function useNotifications(): void {
  const { t } = useTranslation();
  const { sessions, preferences, go } = useApp();
  useEffect(
    () =>
      sessions.subscribe((state, before) => {
        if (state.list === before.list || document.visibilityState === "visible") return;
        if (preferences.getState().notify === "off") return;
        if (!("Notification" in window) || Notification.permission !== "granted") return;
        for (const { session_id, title, what } of newsBetween(before.list, state.list)) {
          const shown = new Notification(title === "" ? t("app.untitled") : title, {
            body: t(`notify.${what}`),
            tag: session_id,
            icon: "/icon-192.png",
          });
          shown.onclick = () => {
            window.focus();
            go(session_id);
            shown.close();
          };
        }
      }),
    [sessions, preferences, go, t],
  );
}
