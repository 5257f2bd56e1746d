const STEPS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** How long ago something was, in words of a language: `3 days ago`, `yesterday`, `now`. `ts`, `now`: milliseconds. */
export function ago(ts: number, now: number, language: string): string {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const passed = Math.max(0, now - ts);
  const [unit, length] = STEPS.find(([, long]) => passed >= long) ?? ["second", passed + 1];
  return words.format(-Math.floor(passed / length), unit);
}
