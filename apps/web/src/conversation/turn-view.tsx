import { type BlockItem, type CompactItem, type Item, isOpen, type Turn } from "@millrace/protocol";
import { ChevronRight, FoldVertical } from "lucide-react";
import { Fragment, memo, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp, useScreen } from "../shell/app-context.ts";
import { usePrinting } from "../shell/use-printing.ts";
import { useRejectReason } from "../shell/use-reject-reason.ts";
import { tokens } from "../time/format.ts";
import { BranchSwitch } from "./branch-switch.tsx";
import { MessageEditor } from "./message-editor.tsx";
import { partsOf, type Segment, type TurnParts } from "./segments.ts";
import { selectorOf } from "./selector.ts";
import { BreakerCard, Markdown } from "./turn-chunks.tsx";
import { TurnEnd } from "./turn-end.tsx";
import { useTurns } from "./turns-context.ts";
import { type Branching, useBranching } from "./use-branching.ts";
import { useEdited } from "./use-edited.ts";
import { useVoided, type Voided } from "./use-voided.ts";
import { UserMessage } from "./user-message.tsx";
import { wordsOfItems } from "./words-of.ts";
import { Work } from "./work.tsx";
import { type Worked, workedOf } from "./worked.ts";
import { WorkedLine } from "./worked-line.tsx";

export interface TurnViewProps {
  turn: Turn;
}

/** A run and the messages it answers. Drawn again only when its own turn changes, or another takes its place. */
export default memo(function TurnView({ turn }: TurnViewProps) {
  const parts = useMemo(() => partsOf(turn), [turn]);
  const section = useRef<HTMLElement>(null);
  const branching = useBranching(turn, section);
  const first = parts.messages[0]?.message.message_id;
  const { session_id, message_id: edited, pressed, edit } = useEdited(turn, first);
  const open = isOpen(turn);
  const leave = () => {
    edit(null);
    // What had the focus is gone.
    section.current?.querySelector<HTMLElement>('[data-testid="edit"]')?.focus({ preventScroll: true });
  };
  return (
    <section
      ref={section}
      className="turn"
      data-testid="turn"
      data-run-id={turn.run_id}
      data-state={turn.phase.state}
      aria-busy={open}
    >
      <div className="said">
        {parts.messages.map(({ message }) => (
          <Fragment key={message.message_id === first ? "first" : message.message_id}>
            {(message.message_id !== first || edited !== first) && (
              <UserMessage content={message.content} files={message.attachments} />
            )}
            {message.message_id === first && edited !== null && (
              <MessageEditor
                key={edited}
                message={message}
                session_id={session_id}
                edited={edited}
                pressed={pressed}
                send={branching.edit}
                close={leave}
              />
            )}
          </Fragment>
        ))}
        {turn.branch !== null && edited !== first && <BranchSwitch branch={turn.branch} select={branching.select} />}
        <Refused branching={branching} />
      </div>
      <article className="answer" aria-label={turn.model}>
        <Answer key={turn.run_id} turn={turn} parts={parts} />
        <TurnEnd turn={turn} branching={branching} edit={() => edit(edited ?? first ?? null)} />
      </article>
    </section>
  );
});

function Refused({ branching: { refused } }: { branching: Branching }) {
  const { t } = useTranslation();
  const reasonOf = useRejectReason();
  if (refused === null) return null;
  const reason = reasonOf(refused.code, refused.message);
  return (
    <p className="end-note" role="status">
      {t("session.not_done", { reason })}
    </p>
  );
}

/** What the run did and said. Work that was over before it was looked at is folded away. */
function Answer({ turn, parts }: { turn: Turn; parts: TurnParts }) {
  const { t } = useTranslation();
  const { segments } = parts;
  const voided = useVoided(turn);
  const open = isOpen(turn);
  const { live, stay } = useTurns();
  const { sent } = useApp();
  const watched = live && open;
  const worked = useMemo(() => workedOf(turn, segments), [turn, segments]);
  const words = useMemo(() => (worked === null ? "" : wordsOfItems(workItems(turn, worked))), [turn, worked]);
  const [work, setWork] = useState<"watched" | "folded" | "opened">(() =>
    watched || answersOneOf(sent, turn) ? "watched" : "folded",
  );
  const chosen = useScreen(({ selected }) => isWorkOf(turn, selected, worked));
  useEffect(() => {
    if (watched) setWork("watched");
    else if (chosen) {
      stay();
      setWork("opened");
    }
  }, [watched, chosen, stay]);
  const toggle = () => {
    stay();
    setWork(work === "opened" ? "folded" : "opened");
  };
  const printing = usePrinting();
  const line = work === "watched" ? null : worked;
  const shown = line !== null && work === "folded" && !printing ? segments.slice(line.segments) : segments;
  return (
    <>
      {line !== null && <WorkedLine worked={line} opened={work === "opened"} words={words} toggle={toggle} />}
      {shown.map((segment) => (
        <SegmentView key={segment.key} segment={segment} turn={turn} parts={parts} voided={voided} />
      ))}
      {open && segments.length === 0 && (
        <div className="work">
          <div className="think-head">
            <span className="race">
              <span className="pulse" />
            </span>
            <span className="shimmer">{t("turn.thinking")}</span>
          </div>
        </div>
      )}
    </>
  );
}

/** A short run may be over before it is drawn; whoever has asked for it sees what it did all the same. */
const answersOneOf = (sent: ReadonlySet<string>, { items }: Turn): boolean =>
  items.some((item) => item.kind === "message" && sent.has(item.message.message_id));

/** What stands before its last words. */
const workItems = ({ items }: Turn, { last_words }: Worked): readonly Item[] =>
  items.filter((item) => item.kind === "tool" || item.seq < last_words);

const isWorkOf = (turn: Turn, selected: string | null, worked: Worked | null): boolean =>
  selected !== null &&
  worked !== null &&
  workItems(turn, worked).some((item) => selectorOf(item, turn.run_id) === selected);

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
      return <Words item={segment.item} run_id={turn.run_id} open={isOpen(turn)} />;
    case "seam":
      return <Seam item={segment.item} />;
  }
}

const Words = memo(function Words({ item, run_id, open }: { item: BlockItem; run_id: string; open: boolean }) {
  const { screen } = useApp();
  const place = useRef<HTMLDivElement>(null);
  const selector = selectorOf(item, run_id);
  const selected = useScreen((state) => state.selected === selector);
  useEffect(() => {
    const element = place.current;
    const choose = ({ target }: MouseEvent) => {
      const used = !(target instanceof Element) || target.closest("a, button, input, summary") !== null;
      if (!used && getSelection()?.isCollapsed !== false) screen.setState({ selected: selector });
    };
    element?.addEventListener("click", choose);
    return () => element?.removeEventListener("click", choose);
  }, [screen, selector]);
  return (
    <div ref={place} data-testid="text-block" data-block-id={item.block_id} data-selected={selected} className="words">
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
          {t("note.compact", { a, b, t: tokens(estimated_tokens_saved) })}
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
