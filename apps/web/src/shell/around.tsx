import type { SettingsProps } from "../settings/settings.tsx";
import { useApp, useScreen } from "./app-context.ts";
import { deferred } from "./deferred.tsx";
import { Palette } from "./palette.tsx";
import { Toasts } from "./toasts.tsx";
import { useCallKeys } from "./use-call-keys.ts";
import { useDocumentTitle } from "./use-document-title.ts";
import { useNotifications } from "./use-notifications.ts";

const Settings = deferred<SettingsProps>(
  () => import("../settings/settings.tsx"),
  () => null,
);

/** What is above and around the page. */
export default function Around() {
  const { screen } = useApp();
  const overlay = useScreen((state) => state.overlay);
  useDocumentTitle();
  useNotifications();
  useCallKeys();
  const closed = () => screen.setState((state) => (state.overlay === overlay ? { overlay: null } : {}));
  return (
    <>
      <Toasts />
      {overlay?.kind === "palette" && <Palette closed={closed} />}
      {overlay?.kind === "settings" && <Settings section={overlay.section} closed={closed} />}
    </>
  );
}
