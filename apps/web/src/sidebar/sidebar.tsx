import { Languages, Monitor, Moon, PanelLeft, Search, SquarePen, Sun, SunMoon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useApp, usePreferences } from "../shell/app-context.ts";
import { LinkTo } from "../shell/link-to.tsx";
import { THEMES } from "../shell/preferences.ts";
import { MOD, SHIFT_MOD } from "../shell/use-media.ts";
import { Brand } from "./brand.tsx";
import { SessionRows } from "./session-rows.tsx";
import { SettingsButton } from "./settings-button.tsx";

/** New chat, the conversations, and the reader's language and theme. */
export function Sidebar({ collapse }: { collapse: () => void }) {
  const { t } = useTranslation();
  const { screen } = useApp();
  return (
    <nav className="side" id="side" aria-label={t("side.label")}>
      <div className="side-top">
        <Brand />
        <button type="button" className="icon-btn s28" aria-label={t("side.collapse")} onClick={collapse}>
          <PanelLeft className="i" aria-hidden />
        </button>
      </div>
      <div className="side-tools">
        <LinkTo session_id={null} className="side-tool" testId="new-chat">
          <SquarePen className="i" aria-hidden />
          {t("side.new")}
          <kbd>{`${SHIFT_MOD}O`}</kbd>
        </LinkTo>
        <button
          type="button"
          className="side-tool"
          data-testid="search"
          onClick={() => screen.setState({ overlay: { kind: "palette" } })}
        >
          <Search className="i" aria-hidden />
          {t("side.search")}
          <kbd>{`${MOD}K`}</kbd>
        </button>
      </div>
      <SessionRows />
      <Foot />
    </nav>
  );
}

const THEME_ICONS = { system: SunMoon, light: Sun, dark: Moon };

function Foot() {
  const { t } = useTranslation();
  const { preferences } = useApp();
  const theme = usePreferences((state) => state.theme);
  const language = usePreferences((state) => state.language);
  const ThemeIcon = THEME_ICONS[theme];
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  return (
    <div className="side-foot">
      <span className="who">
        <Monitor className="i s14" aria-hidden />
        <span className="ell">{t("side.here")}</span>
      </span>
      <button
        type="button"
        className="icon-btn s28"
        data-testid="language"
        aria-label={t("side.language")}
        title={t("side.language")}
        onClick={() => preferences.setState({ language: language === "en" ? "zh-CN" : "en" })}
      >
        <Languages className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="icon-btn s28"
        data-testid="theme"
        data-theme-choice={theme}
        aria-label={t("side.theme", { theme: t(`theme.${theme}`) })}
        title={t("side.theme", { theme: t(`theme.${theme}`) })}
        onClick={() => preferences.setState({ theme: nextTheme })}
      >
        <ThemeIcon className="i" aria-hidden />
      </button>
      <SettingsButton />
    </div>
  );
}
