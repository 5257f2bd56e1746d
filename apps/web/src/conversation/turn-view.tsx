import { type BlockItem, type CompactItem, isOpen, type Turn } from "@millrace/protocol";
import { ChevronRight, FoldVertical } from "lucide-react";
import { memo, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tokens } from "../time/format.ts";
import { partsOf, type Segment, type TurnParts } from "./segments.ts";
import { BreakerCard, Markdown } from "./turn-chunks.tsx";
import { TurnEnd } from "./turn-end.tsx";
import { useVoided, type Voided } from "./use-voided.ts";
import { UserMessage } from "./user-message.tsx";
import { Work } from "./work.tsx";

export interface TurnViewProps {
  turn: Turn;
}

/** A run and the messages it answers. Drawn again only when its own turn changes. */
export default memo(function TurnView({ turn }: TurnViewProps) {
  const { t } = useTranslation();
  const parts = useMemo(() => partsOf(turn), [turn]);
  const { messages, segments } = parts;
  const voided = useVoided(turn);
  const open = isOpen(turn);
  return (
    <section
      className="turn"
      data-testid="turn"
      data-run-id={turn.run_id}
      data-state={turn.phase.state}
      aria-busy={open}
    >
      {messages.map(({ message }) => (
        <UserMessage key={message.message_id} content={message.content} />
      ))}
      <article className="answer" aria-label={turn.model}>
        {segments.map((segment) => (
          <SegmentView key={segment.key} segment={segment} turn={turn} parts={parts} voided={voided} />
        ))}
        {open && segments.length === 0 && (
          <div className="work">
            <div className="think-head">
              <span className="race">
                <span className="pulse" />
              </span>
              <span className="shimmer">{t("chat.thinking")}</span>
            </div>
          </div>
        )}
        <TurnEnd turn={turn} />
      </article>
    </section>
  );
});

interface SegmentProps {
  segment: Segment;
  turn: Turn;
  parts: TurnParts;
  voided: Voided | null;
}

function SegmentView({ segment, turn, parts, voided }: SegmentProps) {
  switch (segment.kind) {
    case "work":
      return <Work turn={turn} rows={segment.rows} parts={parts} voided={voided} />;
    case "breaker":
      return <BreakerCard item={segment.item} asked={segment.asked} turn={turn} />;
    case "text":
      return <Words item={segment.item} open={isOpen(turn)} />;
    case "seam":
      return <Seam item={segment.item} />;
  }
}

const Words = memo(function Words({ item, open }: { item: BlockItem; open: boolean }) {
  return (
    <div data-testid="text-block" data-block-id={item.block_id} className="words">
      <Markdown text={item.content} live={open && item.ended_at === null} />
    </div>
  );
});

/** What came before was summed up: the summary opens on request. */
const Seam = memo(function Seam({ item }: { item: CompactItem }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const { original_messages: a, compacted_messages: b, estimated_tokens_saved } = item;
  return (
    <>
      <div className="seam" data-testid="compact">
        <button type="button" aria-expanded={opened} onClick={() => setOpened(!opened)}>
          <FoldVertical className="i s14" aria-hidden />
          {t("chat.compact", { a, b, t: tokens(estimated_tokens_saved) })}
          <ChevronRight className="i s14 chev" aria-hidden />
        </button>
      </div>
      {opened && (
        <div className="seam-body" data-testid="summary">
          <Markdown text={item.content} live={false} />
        </div>
      )}
    </>
  );
});
