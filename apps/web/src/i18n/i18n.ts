import { createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en.ts";
import type { Language } from "./language.ts";

/** The interface's translations, English at once. React escapes what is put into a string, so i18next does not. */
export function createI18n(): i18n {
  const instance = createInstance();
  instance.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    initAsync: false,
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  return instance;
}

/** Speaks another language; one that is not English is loaded first. Stays as it is where that fails. */
export async function speak(instance: i18n, language: Language): Promise<void> {
  if (language === "zh-CN" && !instance.hasResourceBundle(language, "translation")) {
    const { zhCN } = await import("./zh-CN.ts");
    instance.addResourceBundle(language, "translation", zhCN);
  }
  await instance.changeLanguage(language);
}

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}
