import { createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { part } from "../shell/part.ts";
import { first } from "./en/first.ts";
import type { Language } from "./language.ts";
import type { Messages } from "./words.ts";

/**
 * The interface's translations: the first screen's in English at once, the others with `loadLaterWords`. Until a
 * word is there nothing stands for it. React escapes what is put into a string, so i18next does not.
 */
export function createI18n(): i18n {
  const instance = createInstance();
  instance.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    initAsync: false,
    resources: { en: { translation: first } },
    interpolation: { escapeValue: false },
    parseMissingKeyHandler: () => "",
    react: { bindI18nStore: "added" },
  });
  return instance;
}

const english = part(() => import("./en/later.ts"));
const chinese = part(() => Promise.all([import("./zh-CN/first.ts"), import("./zh-CN/later.ts")]));

/** Speaks another language; one that is not English is loaded first, however long that takes. */
export async function speak(instance: i18n, language: Language): Promise<void> {
  if (language === "zh-CN" && !instance.hasResourceBundle(language, "translation")) {
    const [{ first }, { later }] = await chinese.whenLoaded();
    instance.addResourceBundle(language, "translation", { ...first, ...later });
  }
  await instance.changeLanguage(language);
}

/** The English words that the first screen does without; also what another language falls back to. */
export async function loadLaterWords(instance: i18n): Promise<void> {
  const { later } = await english.whenLoaded();
  instance.addResourceBundle("en", "translation", later, true);
}

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Messages };
  }
}
