import type { DataItem, PruneItem, Turn } from "@millrace/protocol";
import { Braces, ChevronRight, Scissors, Workflow } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { tokens } from "../time/format.ts";
import { summary } from "./call-state.ts";
import { Line } from "./line.tsx";
import { ToolName } from "./tool-icon.tsx";

export interface RareNoteProps {
  item: PruneItem | DataItem;
  turn: Turn;
}

/** What few runs have. */
export default function RareNote({ item, turn }: RareNoteProps) {
  if (item.kind === "prune") return <Prune item={item} turn={turn} />;
  return item.name === "flow_step" ? <FlowStep value={item.value} /> : <Data item={item} />;
}

/** A step of a flow that begins; that one goes on with an answer is said beside the answer. */
function FlowStep({ value }: { value: unknown }) {
  const step = typeof value === "object" && value !== null && "step" in value ? value.step : null;
  if (typeof step !== "string") return null;
  return (
    <Line icon={<Workflow className="i" aria-hidden />} testId="flow-step">
      <span className="mono">{step}</span>
    </Line>
  );
}

/** Old tool outputs that the model reads no more, and which. */
function Prune({ item, turn }: { item: PruneItem; turn: Turn }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const listId = useId();
  const calls = turn.items.flatMap((other) =>
    other.kind === "tool" && item.tool_call_ids.includes(other.tool_call_id) ? [other] : [],
  );
  return (
    <>
      <Line icon={<Scissors className="i" aria-hidden />} testId="prune">
        <span>{t("note.prune", { n: item.tool_call_ids.length, t: tokens(item.estimated_tokens_saved) })}</span>
        <span className="grow" />
        {calls.length > 0 && (
          <button
            type="button"
            className="link"
            aria-expanded={opened}
            aria-controls={opened ? listId : undefined}
            onClick={() => setOpened(!opened)}
          >
            {t("note.prune_which")}
          </button>
        )}
      </Line>
      {opened && (
        <ul className="pruned" id={listId}>
          {calls.map((call) => (
            <li key={call.tool_call_id} className="ell">
              <ToolName name={call.tool_name} /> <span className="mono">{summary(call)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Characters of a value that its line shows. */
const GIST = 200;

/** What a flow put into the stream beside text: a line, and the whole on request. */
function Data({ item: { name, value } }: { item: DataItem }) {
  const [opened, setOpened] = useState(false);
  const bodyId = useId();
  const line = JSON.stringify(value) ?? "";
  return (
    <>
      <button
        type="button"
        className="note"
        data-testid="data"
        aria-expanded={opened}
        aria-controls={opened ? bodyId : undefined}
        onClick={() => setOpened(!opened)}
      >
        <span className="race">
          <Braces className="i" aria-hidden />
        </span>
        <b className="mono">{name}</b>
        <span className="mono ell">{line.slice(0, GIST)}</span>
        <ChevronRight className="i s14 chev" aria-hidden />
      </button>
      {opened && (
        <div className="call-body" id={bodyId}>
          <div className="part json">
            <pre>{JSON.stringify(value, null, 2)}</pre>
          </div>
        </div>
      )}
    </>
  );
}
