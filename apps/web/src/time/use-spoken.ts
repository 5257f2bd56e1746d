import { useTranslation } from "react-i18next";
import { clock, seconds } from "./format.ts";

/** Durations inside a sentence: with the language's own word for seconds. */
export function useSpoken(): (value: number) => string {
  const { t } = useTranslation();
  return (value) => (value < 59.5 ? t("time.seconds", { s: seconds(value) }) : clock(value));
}
