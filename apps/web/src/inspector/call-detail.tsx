import type { ToolItem, Turn } from "@millrace/protocol";
import { Crosshair } from "lucide-react";
import { useTranslation } from "react-i18next";
import { kindOf, outcomeOf } from "../ask/ask.ts";
import { useOutcomeWords } from "../ask/use-ask-words.ts";
import { callSeconds, callState, linesOf, outputOf } from "../conversation/call-state.ts";
import { ToolIcon, ToolName } from "../conversation/tool-icon.tsx";
import { useApp, useScreen } from "../shell/app-context.ts";
import { bytes, duration } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { showInChat } from "./show-in-chat.ts";

/** What is known about the selected call. */
export function CallDetail({ turn }: { turn: Turn }) {
  const selected = useScreen((state) => state.selected);
  const call = turn.items.find((item) => item.kind === "tool" && item.tool_call_id === selected);
  return call?.kind === "tool" ? <Detail call={call} turn={turn} /> : null;
}

function Detail({ call, turn }: { call: ToolItem; turn: Turn }) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const state = callState(call);
  const now = useNow(state === "running");
  const took = callSeconds(call, now);
  const { phase } = call;
  const started = phase.state === "running" || phase.state === "ended" ? phase.started_at : null;
  const waited = started === null || !("called_at" in phase) ? 0 : (started - phase.called_at) / 1_000;
  const output = outputOf(call);
  const decided = useDecision(turn, call);
  const show = () => {
    screen.setState({ sheet: null });
    showInChat(turn.run_id, { tool_call_id: call.tool_call_id });
  };
  return (
    <div className="detail">
      <div className="detail-head">
        <ToolIcon name={call.tool_name} />
        <ToolName name={call.tool_name} />
        <span className="call-meta" data-state={state}>
          {(state === "running" || state === "preparing") && <span className="spin" />}
          {t(`call.${state}`)}
        </span>
        <span className="grow" />
        <button type="button" className="btn small ghost" onClick={show}>
          <Crosshair className="i s14" aria-hidden />
          {t("inspector.show")}
        </button>
      </div>
      <dl className="kv">
        {started !== null && (
          <>
            <dt>{t("inspector.started")}</dt>
            <dd>{`+${((started - turn.started_at) / 1_000).toFixed(1)} s`}</dd>
          </>
        )}
        {waited >= 0.05 && (
          <>
            <dt>{t("inspector.waited")}</dt>
            <dd>
              {duration(waited)}
              {decided !== "" && <span className="how"> · {decided}</span>}
            </dd>
          </>
        )}
        {took !== null && (
          <>
            <dt>{t("inspector.took")}</dt>
            <dd>{duration(took)}</dd>
          </>
        )}
        {output !== "" && (
          <>
            <dt>{t("inspector.output")}</dt>
            <dd>{t("inspector.output_size", { lines: linesOf(output).length, size: bytes(output.length) })}</dd>
          </>
        )}
        <dt>{t("inspector.events")}</dt>
        <dd className="mono" data-testid="call-events">
          {call.seq === call.last_seq ? call.seq : `${call.seq}–${call.last_seq}`}
        </dd>
        <dt>tool_call_id</dt>
        <dd className="mono ell">{call.tool_call_id}</dd>
      </dl>
    </div>
  );
}

/** By whom and how a call that waited was allowed or denied; "" where nobody was asked. */
function useDecision({ items, phase }: Turn, { tool_call_id }: ToolItem): string {
  const wordsOf = useOutcomeWords();
  const asked = items.findLast((item) => item.kind === "interaction" && item.tool_call_id === tool_call_id);
  if (asked?.kind !== "interaction" || kindOf(asked) !== "permission" || asked.answer === null) return "";
  const outcome = outcomeOf(phase.state, asked, true);
  if (outcome === null) return "";
  const { before, what, after } = wordsOf("permission", outcome, null);
  return `${before}${what}${after}`;
}
