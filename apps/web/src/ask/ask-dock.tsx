import { Ban, ChevronUp, CircleCheck, Hand, Monitor, ShieldCheck } from "lucide-react";
import { useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { languageOf } from "../i18n/language.ts";
import { useApp } from "../shell/app-context.ts";
import { COARSE } from "../shell/use-media.ts";
import type { Ask } from "./ask.ts";
import { AskCard } from "./ask-card.tsx";
import { ASK_ID, leaveTo } from "./ask-focus.ts";
import type { Settled } from "./ask-store.ts";
import { useAskTitle, useOutcomeWords } from "./use-ask-words.ts";

/** The place above the message box where the open run's questions are answered, and nowhere else. */
export default function AskDock() {
  const { asks: store } = useApp();
  const { asks, shown, folded, settled } = useStore(store);
  const at = Math.max(
    0,
    asks.findIndex(({ item }) => item.request_id === shown),
  );
  const ask = asks[at];
  return (
    <>
      {settled !== null && <SettledLine settled={settled} />}
      {ask !== undefined &&
        (folded.has(ask.item.request_id) ? (
          <Folded ask={ask} count={asks.length} />
        ) : (
          <Docked key={ask.item.request_id} ask={ask} place={{ at, asks }} />
        ))}
    </>
  );
}

/** Holds the focus that comes into a card, and gives it back when the card goes. */
function Docked({ ask, place }: { ask: Ask; place: { at: number; asks: readonly Ask[] } }) {
  const frame = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null);
  const leave = () => leaveTo(before.current, matchMedia(COARSE).matches);
  useLayoutEffect(() => {
    const element = frame.current;
    const came = before;
    const onFocusIn = ({ relatedTarget: from }: FocusEvent) => {
      if (!(from instanceof Element)) came.current = null;
      else if (element?.contains(from) !== true) came.current = from;
    };
    element?.addEventListener("focusin", onFocusIn);
    return () => {
      element?.removeEventListener("focusin", onFocusIn);
      if (element?.contains(document.activeElement)) leaveTo(came.current, matchMedia(COARSE).matches);
    };
  }, []);
  return (
    <div ref={frame}>
      <AskCard ask={ask} place={place} leave={leave} />
    </div>
  );
}

/** A question that was put aside: it keeps waiting. */
function Folded({ ask, count }: { ask: Ask; count: number }) {
  const { t } = useTranslation();
  const { asks: store } = useApp();
  const title = useAskTitle()(ask);
  return (
    <section className="ask-done waits" data-testid="ask-folded" aria-label={t("ask.card")}>
      <Hand className="i" aria-hidden />
      <span className="ell">
        <b>{t("ask.waits", { count })}</b> · <span lang={languageOf(title)}>{title}</span>
      </span>
      <span className="grow" />
      <button
        type="button"
        id={ASK_ID}
        className="icon-btn s24"
        aria-label={t("ask.unfold")}
        onClick={() => store.fold(ask.item.request_id, false)}
      >
        <ChevronUp className="i s14" aria-hidden />
      </button>
    </section>
  );
}

function SettledLine({ settled: { ask, outcome, here } }: { settled: Settled }) {
  const { before, what, after, answer } = useOutcomeWords()(ask.about.kind, outcome, here);
  return (
    <div className="ask-done" data-testid="ask-settled" data-outcome={outcome.kind}>
      <SettledIcon settled={{ ask, outcome, here }} />
      <span className="ell">
        {before}
        <b>{what}</b>
        {after}
        {answer !== null && <span lang={languageOf(answer)}>: {answer}</span>}
      </span>
    </div>
  );
}

function SettledIcon({ settled: { ask, outcome, here } }: { settled: Settled }) {
  if (outcome.kind !== "answered" || outcome.word === "deny" || outcome.word === "end") {
    return <Ban className="i" aria-hidden />;
  }
  if (!here) return <Monitor className="i" aria-hidden />;
  return ask.about.kind === "permission" ? (
    <ShieldCheck className="i" aria-hidden />
  ) : (
    <CircleCheck className="i" aria-hidden />
  );
}
