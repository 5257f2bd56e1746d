import { createStore, type StoreApi } from "zustand/vanilla";
import { chooseLanguage, LANGUAGES, type Language } from "../i18n/language.ts";
import { remember, remembered } from "./browser-storage.ts";

export const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
export const DENSITIES = ["comfortable", "compact"] as const;
type Density = (typeof DENSITIES)[number];
export const TABS = ["timeline", "events", "usage"] as const;
export type Tab = (typeof TABS)[number];

/** What the reader chose, kept in this browser. */
export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
  readonly side: "open" | "closed";
  /** `auto`: open where there is room for a third column and something has run. */
  readonly inspector: "auto" | "open" | "closed";
  readonly tab: Tab;
  readonly density: Density;
  /** Whether the browser is asked to tell when a run ends or asks while the page is hidden. */
  readonly notify: "off" | "on";
}

/** Also read by public/theme.js. */
const KEY = "millrace.preferences";

export function createPreferences(): StoreApi<Preferences> {
  const store = createStore<Preferences>(() => read(remembered(KEY)));
  const apply = ({ language, theme, density }: Preferences) => {
    document.documentElement.lang = language;
    document.documentElement.dataset.density = density;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  apply(store.getState());
  store.subscribe((state) => {
    apply(state);
    remember(KEY, state);
  });
  return store;
}

function read(held: unknown): Preferences {
  const from = typeof held === "object" && held !== null ? (held as Record<string, unknown>) : {};
  const one = <T extends string>(name: keyof Preferences, allowed: readonly T[], otherwise: T): T =>
    allowed.find((value) => value === from[name]) ?? otherwise;
  return {
    language: one("language", LANGUAGES, chooseLanguage(navigator.languages)),
    theme: one("theme", THEMES, "system"),
    side: one("side", ["open", "closed"], "open"),
    inspector: one("inspector", ["auto", "open", "closed"], "auto"),
    tab: one("tab", TABS, "timeline"),
    density: one("density", DENSITIES, "comfortable"),
    notify: one("notify", ["off", "on"], "off"),
  };
}
