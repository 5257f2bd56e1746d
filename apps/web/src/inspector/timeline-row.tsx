import type { InteractionItem } from "@millrace/protocol";
import { Hand, Lightbulb, List, RotateCcw } from "lucide-react";
import { memo, useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { callSeconds, callState, nameParts } from "../conversation/call-state.ts";
import { selectorOf } from "../conversation/selector.ts";
import { ToolIcon } from "../conversation/tool-icon.tsx";
import { useApp, useScreen } from "../shell/app-context.ts";
import { clock, seconds as digits, duration } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { Bars } from "./bars.tsx";
import type { Scale } from "./scale.ts";
import { openInChat, showInChat } from "./show-in-chat.ts";
import { barsOf, type RowItem, type TimelineRow } from "./timeline.ts";

interface Props {
  item: RowItem;
  asked: readonly InteractionItem[];
  bracket: TimelineRow["bracket"];
  inner: boolean;
  step: number;
  run_id: string;
  base: number;
  /** The run is. */
  open: boolean;
  scale: Scale;
}

/** A block or a call on the time axis. Choosing it shows it in the conversation. */
export const Row = memo(function Row(props: Props) {
  const { item, asked, bracket, inner, step, run_id, base, open, scale } = props;
  const { t } = useTranslation();
  const { screen } = useApp();
  const row = useRef<HTMLButtonElement>(null);
  const id = item.kind === "tool" ? item.tool_call_id : null;
  const selector = selectorOf(item, run_id);
  const selected = useScreen((state) => state.selected === selector);
  const asked_at = open ? waitsSince(item, asked) : null;
  const asks = asked_at !== null;
  const { state, seconds } = useProgress(item, open, asked_at);
  const name =
    item.kind === "interaction" ? t("inspector.waiting") : (nameOf(item) ?? t(`inspector.${item.kind as "thinking"}`));
  const time = seconds === null ? "" : duration(seconds);
  const how = useHow();
  useEffect(() => {
    if (selected) row.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const choose = () => {
    screen.setState({ selected: selector });
    if (item.kind === "tool") showInChat(run_id, { tool_call_id: item.tool_call_id });
    else if ("block_id" in item) showInChat(run_id, { block_id: item.block_id });
  };
  return (
    <button
      ref={row}
      type="button"
      className={["tlr", bracket === null ? "" : `par ${bracket}`, inner ? "sub" : ""].join(" ")}
      data-inner={inner}
      data-testid="timeline-row"
      data-tool-call-id={id ?? undefined}
      data-kind={item.kind}
      data-selected={selected}
      aria-pressed={selected}
      aria-label={t("inspector.row", { name, n: step, how: how(asks ? "waiting" : state, seconds) })}
      onClick={choose}
      onDoubleClick={() => openInChat(id)}
    >
      <span className="nm">
        <RowIcon item={item} />
        <span className={id === null ? "ell" : "mono ell"}>{name}</span>
      </span>
      <span className="track">
        <Bars bars={barsOf(item, asked, base)} scale={scale} />
      </span>
      <span className={`d ${asks ? "asks" : (state ?? "")}`}>
        {state === "cancelled" || state === "denied" || state === "unknown" ? t(`inspector.${state}`) : time}
      </span>
    </button>
  );
});

type How = NonNullable<ReturnType<typeof useProgress>["state"]> | "waiting";

/** How it went or goes, in a sentence's words: "failed after 8.0 seconds". */
function useHow(): (state: How | null, seconds: number | null) => string {
  const { t } = useTranslation();
  return useCallback(
    (state, seconds) => {
      const time =
        seconds === null ? null : seconds < 59.5 ? t("inspector.seconds", { s: digits(seconds) }) : clock(seconds);
      if (state === null) return time ?? "";
      const word = t(`inspector.${state}`);
      if (time === null) return word;
      return t(state === "running" || state === "waiting" ? "inspector.how_for" : "inspector.how_after", {
        state: word,
        time,
      });
    },
    [t],
  );
}

/** Since when it waits for a person; null where it does not. */
function waitsSince(item: RowItem, asked: readonly InteractionItem[]): number | null {
  if (item.kind === "interaction") return item.answer === null ? item.ts : null;
  if (item.kind !== "tool" || item.phase.state === "ended") return null;
  return asked.find((question) => question.answer === null)?.ts ?? null;
}

/** `asked_at`: since when it waits for a person; null where it does not. */
function useProgress(item: RowItem, open: boolean, asked_at: number | null) {
  const isCall = item.kind === "tool";
  const state = isCall ? callState(item) : null;
  const runs =
    open && (isCall ? state === "running" || asked_at !== null : "ended_at" in item && item.ended_at === null);
  const now = useNow(runs);
  if (asked_at !== null) return { state, seconds: Math.max(0, (now - asked_at) / 1_000) };
  if (isCall) return { state, seconds: callSeconds(item, now) };
  if (item.kind === "retry") return { state, seconds: item.delay_ms / 1_000 };
  if (item.kind === "interaction") {
    return { state, seconds: item.answer === null ? null : (item.answer.at - item.ts) / 1_000 };
  }
  const end = item.ended_at ?? (open ? now : null);
  return { state, seconds: end === null ? null : Math.max(0, (end - item.ts) / 1_000) };
}

function nameOf(item: RowItem): string | null {
  return item.kind === "tool" ? nameParts(item.tool_name).tool : null;
}

function RowIcon({ item }: { item: RowItem }) {
  switch (item.kind) {
    case "tool":
      return <ToolIcon name={item.tool_name} small />;
    case "thinking":
      return <Lightbulb className="i s14" aria-hidden />;
    case "text":
      return <List className="i s14" aria-hidden />;
    case "retry":
      return <RotateCcw className="i s14" aria-hidden />;
    case "interaction":
      return <Hand className="i s14" aria-hidden />;
  }
}
