import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/frame.css";
import "../styles/sidebar.css";
import "../styles/truth.css";
import "../styles/prose.css";
import "../styles/work.css";
import "../styles/call.css";
import "../styles/ask.css";
import "../styles/composer.css";
import "../styles/files.css";
import "../styles/inspector.css";
import "../styles/timeline.css";
import "../styles/bars.css";
import "../styles/events.css";
import "../styles/usage.css";
import "../styles/replay.css";
import "../styles/menu.css";
import "../styles/dialog.css";
import "../styles/palette.css";
import "../styles/toasts.css";
import "../styles/empty.css";
import "./stories.css";
import { createStore } from "zustand/vanilla";
import { AskRecord, BreakerCard, CallBody, Markdown, MessageFiles, RareNote } from "../conversation/turn-chunks.tsx";
import { createI18n, loadLaterWords, speak } from "../i18n/i18n.ts";
import { LANGUAGES } from "../i18n/language.ts";
import { AskDock, AttachTray, Inspector, TurnView } from "../shell/chunks.tsx";
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

/** ?theme=dark · ?lang=zh-CN · ?part=turns: those of one part · ?story=words: one of them; a page fills the window. */
const asked = new URLSearchParams(location.search);
const theme = THEMES.find((one) => one === asked.get("theme")) ?? "system";
const language = LANGUAGES.find((one) => one === asked.get("lang")) ?? "en";
const shown = STORIES.filter(
  ({ name, part }) => (asked.get("story") ?? name) === name && (asked.get("part") ?? part) === part,
);

const preferences = createStore<Preferences>(() => ({ ...createPreferences().getState(), language, theme }));
document.documentElement.lang = language;
if (theme === "system") delete document.documentElement.dataset.theme;
else document.documentElement.dataset.theme = theme;
const i18n = createI18n();

// A run is seen running before it ends: what draws it has to be there.
for (const part of [
  AskDock,
  AskRecord,
  AttachTray,
  BreakerCard,
  CallBody,
  Inspector,
  Markdown,
  MessageFiles,
  RareNote,
  TurnView,
])
  part.load();
await Promise.all([
  loadLaterWords(i18n),
  speak(i18n, language),
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
