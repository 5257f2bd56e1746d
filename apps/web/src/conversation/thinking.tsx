import type { BlockItem } from "@millrace/protocol";
import { ChevronRight, Lightbulb } from "lucide-react";
import { memo, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { useApp, useScreen } from "../shell/app-context.ts";
import { useNow } from "../time/use-now.ts";
import { useSpoken } from "../time/use-spoken.ts";
import { gist } from "./gist.ts";
import { selectorOf } from "./selector.ts";
import { useTurns } from "./turns-context.ts";
import { useUntilFound } from "./until-found.ts";

interface ThinkingProps {
  item: BlockItem;
  run_id: string;
  live: boolean;
}

/** Reasoning: one line while it streams, folded with its duration afterwards, opened by the reader only. */
export const Thinking = memo(function Thinking({ item, run_id, live }: ThinkingProps) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const { stay } = useTurns();
  const [opened, setOpened] = useState(false);
  const selector = selectorOf(item, run_id);
  const selected = useScreen((state) => state.selected === selector);
  const pressed = useRef(false);
  // Chosen on the timeline, not here.
  useEffect(() => {
    if (selected && !pressed.current) {
      stay();
      setOpened(true);
    }
    pressed.current = false;
  }, [selected, stay]);
  const bodyId = useId();
  const streaming = live && item.ended_at === null;
  const now = useNow(streaming);
  const end = item.ended_at ?? (streaming ? now : null);
  const spoken = useSpoken();
  const body = useUntilFound(!opened && !streaming, () => setOpened(true));
  const time = end === null ? null : spoken((end - item.ts) / 1_000);
  return (
    <div data-testid="thinking" data-block-id={item.block_id} data-selected={selected}>
      <button
        type="button"
        className="think-head"
        aria-expanded={opened}
        aria-controls={opened ? bodyId : undefined}
        onClick={() => {
          pressed.current = !selected;
          setOpened(!opened);
          screen.setState({ selected: selector });
        }}
      >
        <span className="race">
          <Lightbulb className="i" aria-hidden />
        </span>
        {streaming ? (
          <>
            <span className="shimmer">{t("turn.thinking")}</span>
            <span>{time}</span>
            <span className="ell" lang={languageOf(item.content)}>
              {gist(item.content)}
            </span>
          </>
        ) : (
          <span>{time === null ? t("turn.thought_briefly") : t("turn.thought", { s: time })}</span>
        )}
        <ChevronRight className="i s14 chev" aria-hidden />
      </button>
      {(opened || !streaming) && (
        <div ref={body} className="think-body" id={bodyId} hidden={!opened} lang={languageOf(item.content)}>
          {item.content}
        </div>
      )}
    </div>
  );
});
