import type { BreakerItem } from "@millrace/protocol";
import { useTranslation } from "react-i18next";
import { tokens } from "../time/format.ts";
import { useSpoken } from "../time/use-spoken.ts";

type Reason = "token_limit" | "cost_limit" | "time_limit" | "loop" | "loop_calls" | "tool_failures";
const REASONS: readonly Reason[] = ["token_limit", "cost_limit", "time_limit", "loop", "tool_failures"];

/** Words for a limit and what it counts. */
export function useAmount() {
  const { t } = useTranslation();
  const spoken = useSpoken();
  const amount = (reason: string, value: number): string => {
    switch (reason) {
      case "token_limit":
        return t("breaker.tokens", { n: tokens(Math.round(value)) });
      case "cost_limit":
        return `$${value.toFixed(value < 0.1 ? 4 : 2)}`;
      case "time_limit":
        return value < 120 ? spoken(value) : t("breaker.minutes", { n: Math.round(value / 60) });
      default:
        return String(value);
    }
  };
  return {
    amount,
    titleOf: (item: BreakerItem): string => {
      const reason = reasonOf(item);
      return reason === null ? item.reason : t(`breaker.${reason}`);
    },
    aboutOf: (item: BreakerItem): string => {
      const reason = reasonOf(item);
      if (reason === null) return item.content;
      return t(`breaker.about_${reason}`, { x: amount(item.reason, item.limit), n: item.value });
    },
  };
}

/** Two limits share the reason `loop`: what is said of them tells them apart. */
function reasonOf({ reason, content }: BreakerItem): Reason | null {
  if (reason === "loop" && /\bits limit is\b/.test(content)) return "loop_calls";
  return REASONS.find((known) => known === reason) ?? null;
}
