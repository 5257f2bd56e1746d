import type { InteractionItem, RunPhase, ToolItem } from "@millrace/protocol";
import { Ban, Check, ChevronRight, CircleDashed, CircleX, Clock, Hand, Square } from "lucide-react";
import { memo, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { kindOf, outcomeOf } from "../ask/ask.ts";
import { reasonWords } from "../ask/reason-words.ts";
import { useApp, useScreen } from "../shell/app-context.ts";
import { duration } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { type CallState, callSeconds, callState, exitCode, summary } from "./call-state.ts";
import { Findable } from "./findable.tsx";
import { Lane, type Span, spanOf } from "./lane.tsx";
import { LiveTail, useKeptTail } from "./live-tail.tsx";
import { ToolIcon, ToolName } from "./tool-icon.tsx";
import { AskRecord, CallBody } from "./turn-chunks.tsx";
import { wordsOfCall } from "./words-of.ts";

/** A call, and what was asked about it or by it. */
export interface PlacedCall {
  readonly call: ToolItem;
  readonly asked: readonly InteractionItem[];
}

interface Props extends PlacedCall {
  run: RunPhase["state"];
  /** The time its group took, where it is one of several. */
  group: Span | null;
  /** Nothing has begun after it and the calls beside it. */
  latest: boolean;
  /** Calls made inside it. */
  inner: readonly PlacedCall[];
}

/** One tool call, keyed by its `tool_call_id`. Drawn again only when something of its own changes. */
export const CallRow = memo(function CallRow({ call, asked, run, group, latest, inner }: Props) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const bodyId = useId();
  /** Found: by the browser's search, so that all of it must be there. */
  const [opened, setOpened] = useState<boolean | "found">(false);
  const selected = useScreen((state) => state.selected === call.tool_call_id);
  const state = callState(call);
  const tail = useKeptTail(state === "running", opened !== false, latest);
  const over = call.phase.state === "ended";
  const asks = asked.some((item) => outcomeOf(run, item, over) === null);
  const refused = asked.some((item) => kindOf(item) === "permission" && item.answer !== null);
  const innerSpan = spanOf(inner.map((child) => child.call));
  return (
    <div
      className="call"
      id={`call-${call.tool_call_id}`}
      data-testid="tool"
      data-tool-call-id={call.tool_call_id}
      data-tool-name={call.tool_name}
      data-state={state}
      data-asks={asks}
      data-selected={selected}
    >
      <button
        type="button"
        className="call-head"
        aria-expanded={opened !== false}
        aria-controls={opened !== false ? bodyId : undefined}
        onClick={() => {
          setOpened(opened === false);
          screen.setState({ selected: call.tool_call_id });
        }}
      >
        <span className="race">
          <ToolIcon name={call.tool_name} />
        </span>
        <ToolName name={call.tool_name} />
        <span className="call-args ell">{summary(call)}</span>
        {group !== null && <Lane call={call} group={group} />}
        <CallMeta call={call} state={state} asks={asks} refused={refused} />
        <ChevronRight className="i s14 chev" aria-hidden />
      </button>
      {asked.map((item) => (
        <AskRecord key={item.request_id} item={item} kind={kindOf(item)} outcome={outcomeOf(run, item, over)} />
      ))}
      {tail && call.output !== "" && (
        <LiveTail output={call.output} prose={inner.length > 0} open={() => setOpened(true)} />
      )}
      {opened !== false && <CallBody id={bodyId} call={call} whole={opened === "found"} />}
      {call.phase.state === "ended" && state === "failed" && (
        <p className="call-err">
          <b>{firstLine(call.phase.error ?? call.phase.content)}</b>
        </p>
      )}
      {state === "unknown" && <p className="call-err">{t("call.unknown_detail")}</p>}
      {state === "denied" && !refused && call.phase.state === "ended" && (
        <p className="call-err">
          {reasonWords(firstLine(call.phase.error ?? call.phase.content), (key) => t(`ask.why.${key}`))}
        </p>
      )}
      {opened === false && over && <Findable text={wordsOfCall(call)} reveal={() => setOpened("found")} />}
      {inner.length > 0 && (
        <div className="group-body" data-testid="inner-calls">
          {inner.map((child) => (
            <CallRow
              key={child.call.tool_call_id}
              {...child}
              run={run}
              group={innerSpan}
              latest={latest}
              inner={NONE}
            />
          ))}
        </div>
      )}
    </div>
  );
}, isSame);

const NONE: readonly PlacedCall[] = [];
const firstLine = (text: string): string => text.trim().split("\n", 1)[0]!.slice(0, 400);

function isSame(one: Props, other: Props): boolean {
  if (one.run !== other.run || one.group !== other.group || one.latest !== other.latest) return false;
  if (one.inner.length !== other.inner.length) return false;
  return isSameCall(one, other) && one.inner.every((child, index) => isSameCall(child, other.inner[index]!));
}

function isSameCall(one: PlacedCall, other: PlacedCall): boolean {
  if (one.call !== other.call || one.asked.length !== other.asked.length) return false;
  return one.asked.every((item, index) => item === other.asked[index]);
}

/** The slot at the end of a row: what the call does or how it ended, and how long it took. */
function CallMeta(props: { call: ToolItem; state: CallState; asks: boolean; refused: boolean }) {
  const { call, state, asks, refused } = props;
  const { t } = useTranslation();
  const now = useNow(state === "running");
  const seconds = callSeconds(call, now);
  const time = seconds === null ? null : duration(seconds);
  if (asks) {
    return (
      <span className="call-meta">
        <Hand className="i s14" aria-hidden />
        {t("call.asks")}
      </span>
    );
  }
  const code = exitCode(call);
  const mark = {
    preparing: <span className="spin" />,
    called: <Clock className="i s14" aria-hidden />,
    running: <span className="spin" />,
    completed: code === null || code === 0 ? <Check className="i s14" aria-label={t("call.completed")} /> : null,
    failed: <CircleX className="i s14" aria-hidden />,
    denied: <Ban className="i s14" aria-hidden />,
    cancelled: <Square className="i s14" aria-hidden />,
    unknown: <CircleDashed className="i s14" aria-hidden />,
  }[state];
  const word = {
    completed: code === null || code === 0 ? null : t("call.exit", { code }),
    running: null,
    preparing: t("call.preparing"),
    called: t("call.called"),
    failed: t("call.failed"),
    denied: t(refused ? "call.denied_by_you" : "call.denied"),
    cancelled: t("call.cancelled"),
    unknown: t("call.unknown"),
  }[state];
  return (
    <span className="call-meta">
      {mark}
      {state === "running" && <span className="sr">{t("call.running")}</span>}
      {[word, time].filter((part) => part !== null).join(" · ")}
    </span>
  );
}
