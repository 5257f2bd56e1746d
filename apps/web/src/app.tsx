import { useCallback, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Composer } from "./composer/composer.tsx";
import { Conversation } from "./conversation/conversation.tsx";
import { useFileDrop } from "./replay/use-file-drop.ts";
import { AppContext, useApp, usePreferences, useScreen, useSession } from "./shell/app-context.ts";
import { Around, AskDock, Inspector, ReplayDock, ReplayDoor, ReplayLine, StatusRegion } from "./shell/chunks.tsx";
import { Header } from "./shell/header.tsx";
import { useKeys } from "./shell/use-keys.ts";
import { SMALL, useMedia, WIDE } from "./shell/use-media.ts";
import { useSheetFocus } from "./shell/use-sheet-focus.ts";
import { Sidebar } from "./sidebar/sidebar.tsx";
import { TruthLine } from "./truth/truth-line.tsx";

/** Three columns; where there is no room, the panels cover the conversation. */
export function AppView() {
  const { t } = useTranslation();
  const app = useApp();
  const { screen } = app;
  const scene = useStore(app.replays, (state) => state.scene);
  const door = useStore(app.replays, (state) => state.door && state.scene === null);
  const small = useMedia(SMALL);
  const side = usePreferences((state) => state.side);
  const sheet = useScreen((state) => (small ? state.sheet : null));
  const { inspectorOpen, toggleInspector, toggleSide } = usePanels(small);
  const main = useRef<HTMLElement>(null);
  useKeys({ toggleSide, toggleInspector });
  useSheetFocus(sheet, main);
  useFileDrop(app);
  return (
    <div
      className="app"
      data-side={side}
      data-inspector={inspectorOpen ? "open" : "closed"}
      data-sheet={sheet ?? undefined}
    >
      <a className="sr skip" href="#composer">
        {t("app.skip")}
      </a>
      <Sidebar collapse={toggleSide} />
      <AppContext value={scene?.app ?? app}>
        <main className="main" ref={main}>
          <Header inspectorOpen={inspectorOpen} toggleInspector={toggleInspector} openSide={toggleSide} />
          {scene === null ? <TruthLine /> : <ReplayLine />}
          {door ? (
            <ReplayDoor />
          ) : (
            <Conversation
              dock={(sent) =>
                scene === null ? (
                  <>
                    <AskDock />
                    <Composer sent={sent} />
                  </>
                ) : (
                  <ReplayDock />
                )
              }
            />
          )}
        </main>
        {inspectorOpen && <Inspector close={toggleInspector} />}
      </AppContext>
      {sheet !== null && (
        <button
          type="button"
          className="sheet-scrim"
          tabIndex={-1}
          aria-label={t(sheet === "side" ? "side.collapse" : "app.close_inspector")}
          onClick={() => screen.setState({ sheet: null })}
        />
      )}
      <Around />
      <StatusRegion />
    </div>
  );
}

function usePanels(small: boolean) {
  const { screen, preferences, replays } = useApp();
  const wide = useMedia(WIDE);
  const choice = usePreferences((state) => state.inspector);
  const sheet = useScreen((state) => state.sheet);
  const replayed = useStore(replays, (state) => state.scene !== null);
  const hasRuns = useSession((state) => state.view.turns.length > 0) || replayed;
  const inspectorOpen = small ? sheet === "inspector" : choice === "auto" ? wide && hasRuns : choice === "open";
  const toggleInspector = useCallback(() => {
    if (small) screen.setState({ sheet: inspectorOpen ? null : "inspector" });
    else preferences.setState({ inspector: inspectorOpen ? "closed" : "open" });
  }, [small, inspectorOpen, screen, preferences]);
  const toggleSide = useCallback(() => {
    if (small) screen.setState(({ sheet: open }) => ({ sheet: open === "side" ? null : "side" }));
    else preferences.setState(({ side }) => ({ side: side === "open" ? "closed" : "open" }));
  }, [small, screen, preferences]);
  return { inspectorOpen, toggleInspector, toggleSide };
}
