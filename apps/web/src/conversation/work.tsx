import { type InteractionItem, type Item, isOpen, type ToolItem, type Turn } from "@millrace/protocol";
import { Split } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CallRow, type PlacedCall } from "./call-row.tsx";
import { type Span, spanOf } from "./lane.tsx";
import { Note } from "./note.tsx";
import type { TurnParts, WorkRow } from "./segments.ts";
import { Thinking } from "./thinking.tsx";
import type { Voided } from "./use-voided.ts";

interface Props {
  turn: Turn;
  rows: readonly WorkRow[];
  parts: TurnParts;
  voided: Voided | null;
}

/** A stretch of work on the race. */
export function Work({ turn, rows, parts, voided }: Props) {
  const last = turn.items.at(-1);
  return (
    <div className="work">
      {rows.map((row) => (
        <Row key={keyOf(row)} row={row} turn={turn} parts={parts} voided={voided} isLast={isItem(row, last)} />
      ))}
    </div>
  );
}

const NO_CALLS: readonly ToolItem[] = [];
const NOT_ASKED: readonly InteractionItem[] = [];

const isItem = (row: WorkRow, item: Item | undefined): boolean => row.kind === "item" && row.item === item;

/** A call that is joined by another keeps its place, and what the reader opened in it. */
function keyOf(row: WorkRow): string {
  const call = row.kind === "call" ? row.call : row.kind === "group" ? row.calls[0] : undefined;
  return call?.tool_call_id ?? `seq ${row.kind === "item" ? row.item.seq : ""}`;
}

interface RowProps {
  row: WorkRow;
  turn: Turn;
  parts: TurnParts;
  voided: Voided | null;
  isLast: boolean;
}

function Row({ row, turn, parts, voided, isLast }: RowProps) {
  switch (row.kind) {
    case "item":
      return <WorkItem turn={turn} item={row.item} voided={voided} isLast={isLast} />;
    case "call":
      return <Calls turn={turn} calls={[row.call]} parts={parts} />;
    case "group":
      return <Calls turn={turn} calls={row.calls} parts={parts} />;
  }
}

type WorkItemProps = Pick<RowProps, "turn" | "voided" | "isLast"> & {
  item: Extract<WorkRow, { kind: "item" }>["item"];
};

function WorkItem({ turn, item, voided, isLast }: WorkItemProps) {
  switch (item.kind) {
    case "thinking":
      return <Thinking item={item} run_id={turn.run_id} live={isOpen(turn)} />;
    case "text":
      return null;
    default:
      return <Note turn={turn} item={item} voided={voided} isLast={isLast && isOpen(turn)} />;
  }
}

interface CallsProps {
  turn: Turn;
  calls: readonly ToolItem[];
  parts: TurnParts;
}

/** One call, or several in parallel under a common head: the same rows either way, so that none starts anew. */
function Calls({ turn, calls, parts: { inner, asked } }: CallsProps) {
  const { t } = useTranslation();
  const span = useStable(calls.length > 1 ? spanOf(calls) : null);
  const together = calls.length > 1;
  // A call that turns out to have company stays in its place: the head is there for who listens only.
  const [alone] = useState(!together);
  const group = alone ? "group joined" : "group";
  const last = turn.items.findLast(({ kind }) => kind !== "step");
  const latest = isOpen(turn) && (last?.kind === "tool" ? last.step === calls[0]!.step : last?.kind === "interaction");
  const placed = (call: ToolItem): PlacedCall => ({ call, asked: asked.get(call.tool_call_id) ?? NOT_ASKED });
  return (
    <div className={together ? group : undefined}>
      {together && (
        <div className="group-head">
          <span className="race">
            <Split className="i" aria-hidden />
          </span>
          {t("turn.parallel", { n: calls.length })}
        </div>
      )}
      <div key="rows" className={together ? "group-body" : undefined}>
        {calls.map((call) => (
          <CallRow
            key={call.tool_call_id}
            {...placed(call)}
            run={turn.phase.state}
            group={span}
            latest={latest}
            inner={(inner.get(call.tool_call_id) ?? NO_CALLS).map(placed)}
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
