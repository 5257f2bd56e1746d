import { Menu as MenuIcon, PanelLeft, PanelRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { languageOf } from "../i18n/language.ts";
import { useApp, useSession, useSessions } from "./app-context.ts";
import { HeaderActs, RenameSession } from "./chunks.tsx";
import { useTitle } from "./use-title.ts";

interface Props {
  inspectorOpen: boolean;
  toggleInspector(): void;
  openSide(): void;
}

/** The conversation's title, what is done with it, and the way to both panels. */
export function Header({ inspectorOpen, toggleInspector, openSide }: Props) {
  const { t } = useTranslation();
  const { screen, replays } = useApp();
  const titled = useTitle();
  const title = titled ?? t("app.untitled");
  const session_id = useSession((state) => state.session_id);
  const [rename, setRename] = useState<{ of: string | null; state: "begun" | "over" } | null>(null);
  const replayed = useStore(replays, (state) => state.scene !== null);
  const gone = useSession((state) => state.link === "gone");
  const otherWaits = useSessions(({ list }) =>
    list.some((held) => held.status === "waiting" && held.session_id !== session_id),
  );
  const openLabel = t(otherWaits ? "side.open_waiting" : "side.open");
  return (
    <header className="head">
      <button
        type="button"
        className="icon-btn only-small badge"
        data-badge={otherWaits}
        aria-label={openLabel}
        onClick={() => screen.setState({ sheet: "side" })}
      >
        <MenuIcon className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="icon-btn when-folded badge"
        data-badge={otherWaits}
        aria-label={openLabel}
        onClick={openSide}
      >
        <PanelLeft className="i" aria-hidden />
      </button>
      {session_id !== null && rename?.of === session_id && rename.state === "begun" ? (
        <RenameSession
          session_id={session_id}
          title={titled ?? ""}
          done={() => setRename({ of: session_id, state: "over" })}
        />
      ) : (
        <>
          <h1 className="ell" dir="auto" lang={languageOf(title)}>
            {title}
          </h1>
          <span className="grow not-small" />
          {session_id !== null && !replayed && !gone && (
            <HeaderActs
              key={session_id}
              session_id={session_id}
              title={title}
              rename={() => setRename({ of: session_id, state: "begun" })}
              renamed={rename?.of === session_id}
            />
          )}
        </>
      )}
      <button
        type="button"
        className="icon-btn"
        data-testid="inspector-toggle"
        aria-label={t("app.inspector")}
        aria-pressed={inspectorOpen}
        onClick={toggleInspector}
      >
        <PanelRight className="i" aria-hidden />
      </button>
    </header>
  );
}
