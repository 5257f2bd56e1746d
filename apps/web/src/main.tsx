import { MillraceClient } from "@millrace/client";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import "./styles/styles.ts";
import { AppView } from "./app.tsx";
import { createApp } from "./create-app.ts";
import { createI18n, loadLaterWords, speak } from "./i18n/i18n.ts";
import { AppContext } from "./shell/app-context.ts";
import { outboxStorage } from "./shell/outbox-storage.ts";

const app = createApp(new MillraceClient({ url: location.origin, storage: outboxStorage }));
const i18n = createI18n();
app.preferences.subscribe(({ language }) => {
  if (language !== i18n.language) speak(i18n, language).catch(() => undefined);
});

const show = () =>
  createRoot(document.getElementById("root")!).render(
    <I18nextProvider i18n={i18n}>
      <AppContext value={app}>
        <AppView />
      </AppContext>
    </I18nextProvider>,
  );
speak(i18n, app.preferences.getState().language).then(show, show);
loadLaterWords(i18n).catch(() => undefined);
