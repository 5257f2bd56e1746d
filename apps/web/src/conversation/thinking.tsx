import type { BlockItem } from "@millrace/protocol";
import { ChevronRight, Lightbulb } from "lucide-react";
import { memo, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { useNow } from "../time/use-now.ts";
import { useSpoken } from "../time/use-spoken.ts";
import { gist } from "./gist.ts";

/** Reasoning: one line while it streams, folded with its duration afterwards, opened by the reader only. */
export const Thinking = memo(function Thinking({ item, live }: { item: BlockItem; live: boolean }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const bodyId = useId();
  const streaming = live && item.ended_at === null;
  const now = useNow(streaming);
  const end = item.ended_at ?? (streaming ? now : null);
  const spoken = useSpoken();
  const time = end === null ? null : spoken((end - item.ts) / 1_000);
  return (
    <div data-testid="thinking" data-block-id={item.block_id}>
      <button
        type="button"
        className="think-head"
        aria-expanded={opened}
        aria-controls={opened ? bodyId : undefined}
        onClick={() => setOpened(!opened)}
      >
        <span className="race">
          <Lightbulb className="i" aria-hidden />
        </span>
        {streaming ? (
          <>
            <span className="shimmer">{t("chat.thinking")}</span>
            <span>{time}</span>
            <span className="ell" lang={languageOf(item.content)}>
              {gist(item.content)}
            </span>
          </>
        ) : (
          <span>{time === null ? t("chat.thought_briefly") : t("chat.thought", { s: time })}</span>
        )}
        <ChevronRight className="i s14 chev" aria-hidden />
      </button>
      {opened && (
        <div className="think-body" id={bodyId} lang={languageOf(item.content)}>
          {item.content}
        </div>
      )}
    </div>
  );
});
