import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n/language.ts";
import { useApp, usePreferences } from "../shell/app-context.ts";
import { LANGUAGE_NAMES } from "../shell/palette-commands.ts";
import { DENSITIES, THEMES } from "../shell/preferences.ts";
import { Choice } from "./choice.tsx";

/** How the page looks and speaks in this browser. */
export function Appearance() {
  const { t } = useTranslation();
  const { preferences } = useApp();
  const { language, theme, density } = usePreferences((state) => state);
  return (
    <section>
      <h3>{t("section.appearance")}</h3>
      <Choice
        label={t("look.language")}
        options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        chosen={language}
        choose={(value) => preferences.setState({ language: value })}
      />
      <Choice
        label={t("look.theme")}
        options={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
        chosen={theme}
        choose={(value) => preferences.setState({ theme: value })}
      />
      <Choice
        label={t("look.density")}
        options={DENSITIES.map((value) => ({ value, label: t(`look.${value}`) }))}
        chosen={density}
        choose={(value) => preferences.setState({ density: value })}
      />
    </section>
  );
}
