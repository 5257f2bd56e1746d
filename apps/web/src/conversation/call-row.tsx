import type { ToolItem } from "@millrace/protocol";
import { Ban, Check, ChevronRight, CircleDashed, CircleX, Clock, Hand, Square } from "lucide-react";
import { memo, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp, useScreen } from "../shell/app-context.ts";
import { duration } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { CallBody } from "./call-body.tsx";
import { type CallState, callSeconds, callState, outputOf, summary } from "./call-state.ts";
import { Lane, type Span } from "./lane.tsx";
import { LiveTail } from "./live-tail.tsx";
import { ToolIcon, ToolName } from "./tool-icon.tsx";

interface Props {
  call: ToolItem;
  /** Somebody is asked about this call. */
  asks: boolean;
  /** The time its group took, where it is one of several. */
  group: Span | null;
  /** Calls made inside it. */
  inner: readonly ToolItem[];
}

/** One tool call, keyed by its `tool_call_id`. Drawn again only when its own item changes. */
export const CallRow = memo(function CallRow({ call, asks, group, inner }: Props) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const bodyId = useId();
  const [opened, setOpened] = useState(false);
  const selected = useScreen((state) => state.selected === call.tool_call_id);
  const state = callState(call);
  const output = outputOf(call);
  const running = state === "running";
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
        aria-expanded={opened}
        aria-controls={opened ? bodyId : undefined}
        onClick={() => {
          setOpened(!opened);
          screen.setState({ selected: call.tool_call_id });
        }}
      >
        <span className="race">
          <ToolIcon name={call.tool_name} />
        </span>
        <ToolName name={call.tool_name} />
        <span className="call-args ell">{summary(call)}</span>
        {group !== null && <Lane call={call} group={group} />}
        <CallMeta call={call} state={state} asks={asks} />
        <ChevronRight className="i s14 chev" aria-hidden />
      </button>
      {call.phase.state === "ended" && state === "failed" && (
        <p className="call-err">
          <b>{firstLine(call.phase.error ?? call.phase.content)}</b>
        </p>
      )}
      {state === "unknown" && <p className="call-err">{t("call.unknown_detail")}</p>}
      {state === "denied" && call.phase.state === "ended" && call.phase.error !== null && (
        <p className="call-err">{firstLine(call.phase.error)}</p>
      )}
      {running && !opened && output !== "" && <LiveTail output={output} />}
      {opened && <CallBody id={bodyId} call={call} />}
      {inner.length > 0 && (
        <div className="group-body">
          {inner.map((child) => (
            <CallRow key={child.tool_call_id} call={child} asks={false} group={null} inner={NONE} />
          ))}
        </div>
      )}
    </div>
  );
});

const NONE: readonly ToolItem[] = [];
const firstLine = (text: string): string => text.trim().split("\n", 1)[0]!.slice(0, 400);

/** The slot at the end of a row: what the call does or how it ended, and how long it took. */
function CallMeta({ call, state, asks }: { call: ToolItem; state: CallState; asks: boolean }) {
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
  const mark = {
    preparing: <span className="spin" />,
    called: <Clock className="i s14" aria-hidden />,
    running: <span className="spin" />,
    completed: <Check className="i s14" aria-label={t("call.completed")} />,
    failed: <CircleX className="i s14" aria-hidden />,
    denied: <Ban className="i s14" aria-hidden />,
    cancelled: <Square className="i s14" aria-hidden />,
    unknown: <CircleDashed className="i s14" aria-hidden />,
  }[state];
  const word = state === "completed" || state === "running" ? null : t(`call.${state}`);
  return (
    <span className="call-meta">
      {mark}
      {state === "running" && <span className="sr">{t("call.running")}</span>}
      {[word, time].filter((part) => part !== null).join(" · ")}
    </span>
  );
}
