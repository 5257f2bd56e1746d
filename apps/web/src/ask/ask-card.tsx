import { ChevronDown, ChevronLeft, ChevronRight, CircleHelp, CirclePause, Hand } from "lucide-react";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { languageOf } from "../i18n/language.ts";
import { useApp } from "../shell/app-context.ts";
import type { Ask } from "./ask.ts";
import { ASK_ID } from "./ask-focus.ts";
import { BreakerAsk } from "./breaker-ask.tsx";
import { FeedbackAsk } from "./feedback-ask.tsx";
import { PermissionAsk } from "./permission-ask.tsx";
import { QuestionAsk } from "./question-ask.tsx";
import { RefusedLine } from "./refused-line.tsx";
import { useArmed } from "./use-armed.ts";
import { toolName, useAskTitle } from "./use-ask-words.ts";

export interface AskCardProps {
  readonly ask: Ask;
  /** All that wait, and which of them this is. */
  readonly place: { readonly at: number; readonly asks: readonly Ask[] };
  /** Gives the focus back; the question keeps waiting. */
  leave(): void;
}

/** What a kind of card gets: it answers with `answer`, and only when `armed`. */
export interface AskBodyProps<Kind extends Ask["about"]["kind"]> {
  readonly ask: Ask & { readonly about: Extract<Ask["about"], { kind: Kind }> };
  /** The part of the card that is shown; each begins unarmed. */
  readonly part: AskPart;
  readonly armed: boolean;
  readonly answer: (answer: string | { answer: string; comment: string }) => void;
  show(part: AskPart): void;
}
export type AskPart = "main" | "deny" | "always";

/** The docked question. Nothing that closes it answers it. */
export function AskCard({ ask, place, leave }: AskCardProps) {
  const { t } = useTranslation();
  const { asks: store } = useApp();
  const { request_id } = ask.item;
  const sent = useStore(store, (state) => state.sent.get(request_id));
  const [part, setPart] = useState<AskPart>("main");
  const card = useRef<HTMLElement>(null);
  const titleId = useId();
  const title = useAskTitle()(ask);
  const refused = sent?.refused ?? null;
  const armed = useArmed(`${part} ${refused?.why ?? ""}`) && (sent === undefined || refused !== null);
  const show = (next: AskPart) => {
    setPart(next);
    // What had the focus goes with its part.
    if (next === "main") card.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { nativeEvent: native, key } = event;
    if (native.isComposing || native.keyCode === 229) return;
    if (key === "Escape") {
      event.stopPropagation();
      if (part === "main") leave();
      else show("main");
    } else if ((event.metaKey || event.ctrlKey) && key.toLowerCase() === "j") {
      event.preventDefault();
      event.stopPropagation();
      leave();
    } else if (/^[1-9]$/.test(key) && !isField(event.target) && !event.metaKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      if (armed) card.current?.querySelector<HTMLElement>(`[data-key="${key}"]`)?.click();
    } else if (key === "Enter" && !isField(event.target) && !(event.target instanceof HTMLButtonElement)) {
      if (armed) card.current?.querySelector<HTMLElement>('[data-key="Enter"]')?.click();
    }
  };
  const props = { part, armed, show, answer: (given: Parameters<typeof store.answer>[1]) => store.answer(ask, given) };
  return (
    <section
      ref={card}
      id={ASK_ID}
      className="ask-card"
      data-testid="ask-card"
      data-kind={ask.about.kind}
      data-request-id={request_id}
      data-armed={armed}
      aria-labelledby={titleId}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <div className="card-head">
        <AskIcon kind={ask.about.kind} />
        <h3 id={titleId} dir="auto" lang={languageOf(title)}>
          {part === "deny"
            ? t("ask.deny_title")
            : part === "always"
              ? t("ask.always_title", { tool: toolOf(ask) })
              : title}
        </h3>
        {place.asks.length > 1 && <Switch place={place} />}
        <button
          type="button"
          className="icon-btn s24"
          aria-label={t("ask.fold")}
          onClick={() => store.fold(request_id, true)}
        >
          <ChevronDown className="i s14" aria-hidden />
        </button>
      </div>
      {refused !== null && <RefusedLine refused={refused} />}
      <Body ask={ask} {...props} />
    </section>
  );
}

function Body({ ask, ...props }: Omit<AskBodyProps<"permission">, "ask"> & { ask: Ask }) {
  const { about } = ask;
  switch (about.kind) {
    case "permission":
      return <PermissionAsk ask={{ ...ask, about }} {...props} />;
    case "breaker":
      return <BreakerAsk ask={{ ...ask, about }} {...props} />;
    case "feedback":
      return <FeedbackAsk ask={{ ...ask, about }} {...props} />;
    case "question":
    case "choice":
      return <QuestionAsk ask={{ ...ask, about }} {...props} />;
  }
}

function toolOf({ about }: Ask): string {
  return "call" in about && about.call !== null ? toolName(about.call.tool_name) : "";
}

function Switch({ place: { at, asks } }: { place: AskCardProps["place"] }) {
  const { t } = useTranslation();
  const { asks: store } = useApp();
  const to = (step: number) => store.show(asks[(at + step + asks.length) % asks.length]!.item.request_id);
  return (
    <>
      <span className="of">{`${at + 1} / ${asks.length}`}</span>
      <button type="button" className="icon-btn s24" aria-label={t("ask.previous")} onClick={() => to(-1)}>
        <ChevronLeft className="i s14" aria-hidden />
      </button>
      <button type="button" className="icon-btn s24" aria-label={t("ask.next")} onClick={() => to(1)}>
        <ChevronRight className="i s14" aria-hidden />
      </button>
    </>
  );
}

function AskIcon({ kind }: { kind: Ask["about"]["kind"] }) {
  if (kind === "permission") return <Hand className="i" aria-hidden />;
  if (kind === "breaker") return <CirclePause className="i" aria-hidden />;
  return <CircleHelp className="i" aria-hidden />;
}

function isField(target: EventTarget): boolean {
  return target instanceof HTMLInputElement && target.type !== "radio";
}
