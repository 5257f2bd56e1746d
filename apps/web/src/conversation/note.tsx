import type { Item, Turn } from "@millrace/protocol";
import { Braces, CircleHelp, CirclePause, CornerUpRight, Hand, RotateCcw, Scissors } from "lucide-react";
import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { seconds, tokens } from "../time/format.ts";

type Noted = Extract<
  Item,
  { kind: "message" | "step" | "retry" | "interaction" | "prune" | "circuit_breaker" | "data" }
>;

/** What happened on the way and is neither words nor a call: one quiet line each. */
export const Note = memo(function Note({ item, toolName, isLast }: { item: Noted; toolName: string; isLast: boolean }) {
  const { t } = useTranslation();
  switch (item.kind) {
    case "step":
      return (
        <div className="step">
          <span className="race" />
          <span>{t("chat.step", { n: item.step })}</span>
          <span className="opt">{t("chat.tokens", { n: tokens(item.tokens) })}</span>
        </div>
      );
    case "message":
      return (
        <Line icon={<CornerUpRight className="i" aria-hidden />} testId="user-message">
          <b>{t("chat.steered")}</b> <span lang={languageOf(item.message.content)}>{item.message.content}</span>
        </Line>
      );
    case "retry": {
      const attempt = { n: item.retry_attempt, max: item.retry_max_attempts };
      return (
        <Line icon={<RotateCcw className="i" aria-hidden />}>
          <b>{t("chat.retry_head")}</b>{" "}
          {isLast && item.delay_ms > 0
            ? t("chat.retry", { ...attempt, s: seconds(item.delay_ms / 1_000) })
            : t("chat.retry_now", attempt)}
        </Line>
      );
    }
    case "interaction":
      return (
        <Line
          icon={
            item.interaction_kind === "confirm" ? (
              <Hand className="i" aria-hidden />
            ) : (
              <CircleHelp className="i" aria-hidden />
            )
          }
        >
          <b>{t(`ask.${item.interaction_kind}`, { tool: toolName })}</b>{" "}
          {item.interaction_kind === "confirm" ? "" : item.content}{" "}
          {item.answer === null ? (
            <span className="waits">{t("ask.waits")}</span>
          ) : (
            t("ask.answered", { answer: answerText(item.answer.value) })
          )}
        </Line>
      );
    case "prune":
      return (
        <Line icon={<Scissors className="i" aria-hidden />}>
          {t("chat.prune", { n: item.tool_call_ids.length, t: tokens(item.estimated_tokens_saved) })}
        </Line>
      );
    case "circuit_breaker":
      return (
        <Line icon={<CirclePause className="i" aria-hidden />}>
          <b>{t(`breaker.${item.reason}` as "breaker.loop", { defaultValue: item.reason })}</b> {item.content}
        </Line>
      );
    default:
      return (
        <Line icon={<Braces className="i" aria-hidden />}>
          {item.name} <span className="mono ell">{JSON.stringify(item.value)?.slice(0, 300)}</span>
        </Line>
      );
  }
});

function Line({ icon, testId, children }: { icon: ReactNode; testId?: string; children: ReactNode }) {
  return (
    <div className="note" data-testid={testId}>
      <span className="race">{icon}</span>
      <span>{children}</span>
    </div>
  );
}

function answerText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "answer" in value) return String(value.answer);
  return JSON.stringify(value) ?? "";
}

/** The tool that an item of a turn is about, "" where it is about none. */
export function toolNameOf(turn: Turn, item: Noted): string {
  if (item.kind !== "interaction") return "";
  const call = turn.items.find((other) => other.kind === "tool" && other.tool_call_id === item.tool_call_id);
  return call?.kind === "tool" ? call.tool_name : "";
}
