import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import "../styles/styles.ts";
import "./stories.css";
import { createStore } from "zustand/vanilla";
import { AskRecord, BreakerCard, CallBody, Markdown, MessageFiles, RareNote } from "../conversation/turn-chunks.tsx";
import { createI18n, loadLaterWords, speak } from "../i18n/i18n.ts";
import { LANGUAGES } from "../i18n/language.ts";
import { AskDock, AttachTray, Choose, Inspector, TurnView } from "../shell/chunks.tsx";
import { createPreferences, type Preferences, THEMES } from "../shell/preferences.ts";
import { answerHere } from "./answers.ts";
import {
  COMPOSER_STORIES,
  DOCK_STORIES,
  EMPTY_STORIES,
  INSPECTOR_STORIES,
  SIDE_STORIES,
  TRUTH_STORIES,
} from "./other-stories.ts";
import { PAGE_STORIES } from "./page-stories.ts";
import { isPage } from "./story.ts";
import { StoryPage, StoryView } from "./story-view.tsx";
import { DIAGRAM_STORIES, TURN_STORIES } from "./turn-stories.ts";

const STORIES = [
  ...SIDE_STORIES,
  ...TRUTH_STORIES,
  ...TURN_STORIES,
  ...DIAGRAM_STORIES,
  ...DOCK_STORIES,
  ...COMPOSER_STORIES,
  ...INSPECTOR_STORIES,
  ...EMPTY_STORIES,
  ...PAGE_STORIES,
];

/**
 * ?theme=dark · ?lang=zh-CN · ?part=turns: those of one part · ?story=words: one of them; a page fills the window.
 * #theme=dark&lang=zh-CN changes to another theme and language what is shown already.
 */
const asked = new URLSearchParams(location.search);
const look = (from: URLSearchParams) => ({
  theme: THEMES.find((one) => one === from.get("theme")) ?? "system",
  language: LANGUAGES.find((one) => one === from.get("lang")) ?? "en",
});
const { theme, language } = look(asked);
const shown = STORIES.filter(
  ({ name, part }) => (asked.get("story") ?? name) === name && (asked.get("part") ?? part) === part,
);

const i18n = createI18n();
const preferences = createStore<Preferences>(() => ({ ...createPreferences().getState(), language, theme }));
const wear = async (chosen: Pick<Preferences, "theme" | "language">) => {
  await speak(i18n, chosen.language);
  const { dataset } = document.documentElement;
  if (chosen.theme === "system") delete dataset.theme;
  else dataset.theme = chosen.theme;
  document.documentElement.lang = chosen.language;
};
preferences.subscribe((chosen) => {
  wear(chosen).catch(() => undefined);
});
window.addEventListener("hashchange", () => preferences.setState(look(new URLSearchParams(location.hash.slice(1)))));

// A run is seen running before it ends: what draws it has to be there.
for (const part of [
  AskDock,
  AskRecord,
  AttachTray,
  BreakerCard,
  CallBody,
  Choose,
  Inspector,
  Markdown,
  MessageFiles,
  RareNote,
  TurnView,
])
  part.load();
await Promise.all([
  loadLaterWords(i18n),
  wear({ theme, language }),
  import("../conversation/turn-view.tsx"),
  import("../inspector/inspector.tsx"),
  import("../markdown/markdown.tsx"),
]);
await new Promise((resolve) => setTimeout(resolve));

const [first] = shown;
const pages = first !== undefined && isPage(first.part);
const page = pages && asked.has("story") ? first : null;
answerHere(page?.answers);

createRoot(document.getElementById("root")!).render(
  <I18nextProvider i18n={i18n}>
    {page === null ? (
      <main className="stories" data-pages={pages}>
        <header>
          <h1>States of every part</h1>
          {[...new Set(STORIES.map(({ part }) => part))].map((part) => (
            <a key={part} className="link" href={`?theme=${theme}&lang=${language}&part=${part}`}>
              {part}
            </a>
          ))}
        </header>
        {shown.map((story) => (
          <StoryView key={story.name} story={story} preferences={preferences} />
        ))}
      </main>
    ) : (
      <StoryPage story={page} preferences={preferences} />
    )}
  </I18nextProvider>,
);
