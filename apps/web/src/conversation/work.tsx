import { type Item, isOpen, openInteractions, type ToolItem, type Turn } from "@millrace/protocol";
import { Split } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CallRow } from "./call-row.tsx";
import { type Span, spanOf } from "./lane.tsx";
import { Note, toolNameOf } from "./note.tsx";
import type { TurnParts, WorkRow } from "./segments.ts";
import { Thinking } from "./thinking.tsx";

interface Props {
  turn: Turn;
  rows: readonly WorkRow[];
  inner: TurnParts["inner"];
}

/** A stretch of work on the race. */
export function Work({ turn, rows, inner }: Props) {
  const asked = new Set(isOpen(turn) ? openInteractions(turn).map((item) => item.tool_call_id) : []);
  const last = turn.items.at(-1);
  return (
    <div className="work">
      {rows.map((row) => (
        <Row key={keyOf(row)} row={row} turn={turn} asked={asked} inner={inner} isLast={isItem(row, last)} />
      ))}
    </div>
  );
}

const NONE: readonly ToolItem[] = [];

const isItem = (row: WorkRow, item: Item | undefined): boolean => row.kind === "item" && row.item === item;

/** A call that is joined by another keeps its place, and what the reader opened in it. */
function keyOf(row: WorkRow): string {
  const call = row.kind === "call" ? row.call : row.kind === "group" ? row.calls[0] : undefined;
  return call?.tool_call_id ?? `seq ${row.kind === "item" ? row.item.seq : ""}`;
}

interface RowProps {
  row: WorkRow;
  turn: Turn;
  asked: ReadonlySet<string | null>;
  inner: TurnParts["inner"];
  isLast: boolean;
}

function Row({ row, turn, asked, inner, isLast }: RowProps) {
  switch (row.kind) {
    case "item":
      return <WorkItem turn={turn} item={row.item} isLast={isLast} />;
    case "call":
      return <Calls calls={[row.call]} asked={asked} inner={inner} />;
    case "group":
      return <Calls calls={row.calls} asked={asked} inner={inner} />;
  }
}

function WorkItem({ turn, item, isLast }: { turn: Turn; item: Exclude<Item, ToolItem>; isLast: boolean }) {
  switch (item.kind) {
    case "thinking":
      return <Thinking item={item} live={isOpen(turn)} />;
    case "text":
    case "compact":
      return null;
    default:
      return <Note item={item} toolName={toolNameOf(turn, item)} isLast={isLast && isOpen(turn)} />;
  }
}

interface CallsProps {
  calls: readonly ToolItem[];
  asked: ReadonlySet<string | null>;
  inner: TurnParts["inner"];
}

/** One call, or several in parallel under a common head: the same rows either way, so that none starts anew. */
function Calls({ calls, asked, inner }: CallsProps) {
  const { t } = useTranslation();
  const span = useStable(calls.length > 1 ? spanOf(calls) : null);
  const together = calls.length > 1;
  return (
    <div className={together ? "group" : undefined}>
      {together && (
        <div className="group-head">
          <span className="race">
            <Split className="i" aria-hidden />
          </span>
          {t("chat.parallel", { n: calls.length })}
        </div>
      )}
      <div key="rows" className={together ? "group-body" : undefined}>
        {calls.map((call) => (
          <CallRow
            key={call.tool_call_id}
            call={call}
            asks={asked.has(call.tool_call_id)}
            group={span}
            inner={inner.get(call.tool_call_id) ?? NONE}
          />
        ))}
      </div>
    </div>
  );
}

/** The same object for the same span, so that rows which did not change are not drawn again. */
function useStable(span: Span | null): Span | null {
  const from = span?.from ?? null;
  const to = span?.to ?? null;
  return useMemo(() => (from === null ? null : { from, to }), [from, to]);
}
