import { Menu as MenuIcon, PanelLeft, PanelRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { useApp, useSession, useSessions } from "./app-context.ts";

interface Props {
  inspectorOpen: boolean;
  toggleInspector(): void;
  openSide(): void;
}

/** The conversation's title, and the way to both panels. */
export function Header({ inspectorOpen, toggleInspector, openSide }: Props) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const title = useTitle() ?? t("app.untitled");
  const session_id = useSession((state) => state.session_id);
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
      <h1 className="ell" lang={languageOf(title)}>
        {title}
      </h1>
      <span className="grow not-small" />
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

/** The open session's title, as its log says, else as the list says; null for a new chat. */
export function useTitle(): string | null {
  const session_id = useSession((state) => state.session_id);
  const own = useSession((state) => state.view.title);
  const listed = useSessions(({ list }) => list.find((held) => held.session_id === session_id)?.title);
  const title = own ?? listed ?? null;
  return session_id === null || title === "" ? null : title;
}
