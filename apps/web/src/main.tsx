import { MillraceClient } from "@millrace/client";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import "./styles/styles.ts";
import { AppView } from "./app.tsx";
import { createApp } from "./create-app.ts";
import { createI18n, loadLaterWords, speak } from "./i18n/i18n.ts";
import { AppContext } from "./shell/app-context.ts";
import { outboxStorage } from "./shell/outbox-storage.ts";
import { onFailed } from "./shell/part.ts";

const app = createApp(new MillraceClient({ url: location.origin, storage: outboxStorage }));
const i18n = createI18n();
app.preferences.subscribe(({ language }) => {
  if (language !== i18n.language) void speak(i18n, language);
});

const show = () =>
  createRoot(document.getElementById("root")!).render(
    <I18nextProvider i18n={i18n}>
      <AppContext value={app}>
        <AppView />
      </AppContext>
    </I18nextProvider>,
  );
// What cannot be said in the reader's language for now is said in English.
const failed = new Promise<void>((resolve) => onFailed(resolve));
void Promise.race([speak(i18n, app.preferences.getState().language), failed]).then(show);
void loadLaterWords(i18n);
