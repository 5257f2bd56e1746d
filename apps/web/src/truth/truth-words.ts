import { useTranslation } from "react-i18next";
import type { AskAbout } from "../ask/ask.ts";
import { toolName } from "../ask/use-ask-words.ts";
import { usePreferences } from "../shell/app-context.ts";
import { useNow } from "../time/use-now.ts";
import type { Doing, Truth } from "./truth.ts";

/** A truth in the reader's language: the word, and what goes with it. */
export function useTruthWords(truth: Truth): { title: string; details: string[] } {
  const { t, i18n } = useTranslation();
  const language = usePreferences((state) => state.language);
  const waiting = truth.state === "offline" && truth.why === "lost";
  useNow(waiting, 250);
  const step = (n: number, max: number) => t("truth.step", { n, max });
  const doing = (what: Doing): string => {
    if (what.kind !== "preparing" && what.kind !== "running") return t(`truth.${what.kind}`);
    const tools = new Intl.ListFormat(language, { type: "conjunction" }).format(what.tools);
    return t(`truth.${what.kind}`, { tools });
  };
  switch (truth.state) {
    case "ready":
      return { title: t("truth.ready"), details: [t("truth.connected")] };
    case "offline":
      switch (truth.why) {
        case "connecting":
          return { title: t("truth.connecting"), details: [t("truth.connecting_detail")] };
        case "draining":
          return { title: t("truth.restarting"), details: [t("truth.restarting_detail")] };
        case "closed":
          return { title: t("truth.closed"), details: [t("truth.closed_detail", { code: truth.code })] };
        case "lost": {
          const s = Math.max(0, Math.ceil((truth.retry_at - Date.now()) / 1_000));
          const kept = t(truth.running ? "truth.run_goes_on" : "truth.nothing_lost");
          return { title: t("truth.offline"), details: [`${kept} · ${t("truth.retry_in", { s })}`] };
        }
      }
      break;
    case "storage":
      return { title: t(`storage.${truth.how}`), details: [t(`storage.${truth.how}_detail`)] };
    case "signed_out":
      return { title: t("truth.signed_out"), details: [t("truth.signed_out_detail")] };
    case "catching_up": {
      const { behind } = truth;
      const words = behind === null ? [] : [t("truth.events", { count: behind, n: behind.toLocaleString(language) })];
      return { title: t("truth.catching_up"), details: words };
    }
    case "stopping":
      return { title: t("truth.stopping"), details: truth.open > 0 ? [t("truth.closing", { count: truth.open })] : [] };
    case "waiting": {
      const { step: n, max_steps } = truth.turn;
      return { title: t("truth.waiting"), details: [asking(truth.asks), ...(n > 0 ? [step(n, max_steps)] : [])] };
    }
    case "live": {
      const { step: n, max_steps } = truth.turn;
      return { title: t("truth.live"), details: [doing(truth.doing), ...(n > 0 ? [step(n, max_steps)] : [])] };
    }
    case "stopped":
      return { title: t("truth.stopped"), details: atStep(truth.turn.step) };
    case "interrupted":
      return { title: t("truth.interrupted"), details: [...atStep(truth.turn.step), t("truth.server_restarted")] };
    case "failed":
      return { title: t("truth.failed"), details: [...atStep(truth.turn.step), reasonOf(truth)] };
    case "done": {
      const calls = truth.calls === 0 ? [] : [t("truth.calls", { count: truth.calls })];
      if (truth.failed > 0) calls[0] += `, ${t("truth.failed_calls", { n: truth.failed })}`;
      return { title: t("truth.done"), details: [t("truth.steps", { count: truth.turn.step }), ...calls] };
    }
  }
  function asking(asks: AskAbout): string {
    if (asks.kind === "breaker") return t("ask.asks_breaker");
    if (asks.kind !== "permission") return t("ask.asks_question");
    const tool = asks.call === null ? "?" : toolName(asks.call.tool_name);
    return t(typeof asks.call?.args?.command === "string" ? "ask.asks_command" : "ask.asks", { tool });
  }
  function atStep(n: number): string[] {
    return n > 0 ? [t("truth.at_step", { n })] : [];
  }
  function reasonOf({ turn }: Extract<Truth, { state: "failed" | "stopped" | "interrupted" }>): string {
    if (turn.phase.state !== "error") return "";
    const { code, reason } = turn.phase;
    const known = [code, reason].find((name) => i18n.exists(`error.happened.${name}`)) ?? "other";
    return t(`error.happened.${known as "other"}`, { n: turn.step });
  }
  return { title: "", details: [] };
}
