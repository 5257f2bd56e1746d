import type { InteractionItem } from "@millrace/protocol";
import { Ban, CircleCheck, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { useReplay } from "../replay/use-replay.ts";
import { useApp } from "../shell/app-context.ts";
import { MOD } from "../shell/use-media.ts";
import type { AskAbout, Outcome } from "./ask.ts";
import { goToAsk } from "./ask-focus.ts";
import { useMe, useOutcomeWords } from "./use-ask-words.ts";

export interface AskRecordProps {
  item: InteractionItem;
  kind: AskAbout["kind"];
  /** Null while it waits. */
  outcome: Outcome | null;
}

/** The transcript's record of a question. It is answered elsewhere: here one finds the way, and what was said. */
export default function AskRecord({ item, kind, outcome }: AskRecordProps) {
  if (outcome === null) return <Waits request_id={item.request_id} />;
  return <Record item={item} kind={kind} outcome={outcome} />;
}

function Waits({ request_id }: { request_id: string }) {
  const { t } = useTranslation();
  const { asks } = useApp();
  const { on: replayed } = useReplay();
  const go = () => {
    asks.show(request_id);
    goToAsk(asks);
  };
  return (
    <div className="call-body ask" data-testid="ask-record" data-request-id={request_id} data-state="open">
      <div className="row">
        <span>{t(replayed ? "ask.pinned_then" : "ask.pinned")}</span>
        <span className="grow" />
        {!replayed && (
          <button type="button" className="btn small" onClick={go}>
            {t("ask.go")}
            <kbd>{`${MOD}J`}</kbd>
          </button>
        )}
      </div>
    </div>
  );
}

function Record({ item, kind, outcome }: { item: InteractionItem; kind: AskAbout["kind"]; outcome: Outcome }) {
  const { t } = useTranslation();
  const me = useMe();
  const { before, what, after, answer } = useOutcomeWords()(kind, outcome, null);
  const comment = outcome.kind === "answered" ? outcome.comment : "";
  const denied = kind === "permission" && outcome.kind === "answered" && outcome.word === "deny";
  const mine = outcome.kind === "answered" && (me === null || outcome.by === me);
  // That a call was denied stands in its own row.
  const said = denied && comment !== "";
  return (
    <div className="ask-record" data-testid="ask-record" data-request-id={item.request_id} data-state={outcome.kind}>
      {!said && (
        <span className="race">
          <RecordIcon kind={kind} positive={outcome.kind === "answered" && !denied && outcome.word !== "end"} />
        </span>
      )}
      <span>
        {!said && (
          <>
            {before}
            {what}
            {after}
          </>
        )}
        {answer !== null && (
          <>
            {": "}
            <b lang={languageOf(answer)}>{answer}</b>
          </>
        )}
        {comment !== "" && (
          <>
            {said ? "" : " · "}
            {denied ? (mine ? t("ask.said") : t("ask.said_other", { who: outcome.by })) : ""}{" "}
            <q lang={languageOf(comment)}>{comment}</q>
          </>
        )}
      </span>
    </div>
  );
}

function RecordIcon({ kind, positive }: { kind: AskAbout["kind"]; positive: boolean }) {
  if (!positive) return <Ban className="i s12" aria-hidden />;
  if (kind === "permission") return <ShieldCheck className="i s12" aria-hidden />;
  return <CircleCheck className="i s12" aria-hidden />;
}
