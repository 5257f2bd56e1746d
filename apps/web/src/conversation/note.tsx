import type { Item, RetryItem, Turn } from "@millrace/protocol";
import { CornerRightUp, RotateCcw } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { kindOf, outcomeOf } from "../ask/ask.ts";
import { languageOf } from "../i18n/language.ts";
import { tokens } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { Line } from "./line.tsx";
import { AskRecord, RareNote } from "./turn-chunks.tsx";
import type { Voided } from "./use-voided.ts";

type Noted = Extract<Item, { kind: "message" | "step" | "retry" | "interaction" | "prune" | "data" }>;

interface Props {
  turn: Turn;
  item: Noted;
  voided: Voided | null;
  isLast: boolean;
}

/** What happened on the way and is neither words nor a call: one quiet line each. */
export const Note = memo(function Note({ turn, item, voided, isLast }: Props) {
  const { t } = useTranslation();
  switch (item.kind) {
    case "step":
      return (
        <div className="step">
          <span className="race" />
          <span>{t("turn.step", { n: item.step })}</span>
          <span className="opt">{t("turn.tokens", { n: tokens(item.tokens) })}</span>
        </div>
      );
    case "message": {
      const from = turn.items.find((other) => other.kind === "step" && other.seq >= item.seq);
      return (
        <Line icon={<CornerRightUp className="i" aria-hidden />} testId="user-message">
          <span>
            <b>{t("note.steered")}</b> <span lang={languageOf(item.message.content)}>{item.message.content}</span>
          </span>
          <span className="grow" />
          {from?.kind === "step" && <span className="num">{t("note.from_step", { n: from.step })}</span>}
        </Line>
      );
    }
    case "retry":
      return <Retry item={item} isLast={isLast} voided={voided?.seq === item.seq ? voided.text : null} />;
    case "interaction":
      return (
        <div className="aside">
          <AskRecord item={item} kind={kindOf(item)} outcome={outcomeOf(turn.phase.state, item, false)} />
        </div>
      );
    default:
      return <RareNote item={item} turn={turn} />;
  }
}, isSame);

/** Of the run only its state, its steps and its calls matter here, and what they say of an item does not change. */
function isSame(one: Props, other: Props): boolean {
  return (
    one.item === other.item &&
    one.isLast === other.isLast &&
    one.voided === other.voided &&
    one.turn.phase.state === other.turn.phase.state &&
    one.turn.step === other.turn.step
  );
}

/** An attempt broke off: when the next one comes, and for a moment what it had written. */
function Retry({ item, isLast, voided }: { item: RetryItem; isLast: boolean; voided: string | null }) {
  const { t } = useTranslation();
  const now = useNow(isLast && item.delay_ms > 0, 250);
  const left = Math.ceil((item.ts + item.delay_ms - now) / 1_000);
  const next = item.retry_attempt + 1;
  const attempt = { n: next, max: Math.max(next, item.retry_max_attempts) };
  return (
    <>
      <Line icon={<RotateCcw className="i" aria-hidden />} testId="retry">
        <span title={item.content}>
          <b>{t("note.retry_head")}</b>{" "}
          {isLast && left > 0 ? t("note.retry", { ...attempt, s: left }) : t("note.retry_now", attempt)}
        </span>
      </Line>
      {voided !== null && (
        <p className="void" data-testid="void" lang={languageOf(voided)}>
          {voided}
        </p>
      )}
    </>
  );
}
