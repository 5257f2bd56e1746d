export const LANGUAGES = ["en", "zh-CN"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The first of the browser's languages that the interface speaks. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const base = tag.toLowerCase().split("-", 1)[0];
    if (base === "zh") return "zh-CN";
    if (base === "en") return "en";
  }
  return "en";
}

/** Letters that are looked at: enough to know, and a streaming text keeps its answer. */
const SAMPLE = 400;

/** What a text is written in, for fonts, line breaks and voices: Chinese where a fifth of its letters are Han. */
export function languageOf(text: string): Language | undefined {
  const sample = text.slice(0, SAMPLE);
  const han = sample.match(/\p{Script=Han}/gu)?.length ?? 0;
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return undefined;
  return han / letters >= 0.2 ? "zh-CN" : "en";
}
