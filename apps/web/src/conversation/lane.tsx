import type { ToolItem } from "@millrace/protocol";
import { useNow } from "../time/use-now.ts";
import { callState } from "./call-state.ts";

/** Milliseconds of the log. `to` is null while something in it runs. */
export interface Span {
  readonly from: number;
  readonly to: number | null;
}

/** The time from the first start to the last end of calls that were asked for together. */
export function spanOf(calls: readonly ToolItem[]): Span | null {
  const starts: number[] = [];
  let to: number | null = 0;
  for (const { phase } of calls) {
    if (phase.state === "running") {
      starts.push(phase.started_at);
      to = null;
    } else if (phase.state === "ended" && phase.started_at !== null) {
      starts.push(phase.started_at);
      if (to !== null) to = Math.max(to, phase.ended_at);
    } else if (phase.state !== "ended") {
      to = null;
    }
  }
  return starts.length === 0 ? null : { from: Math.min(...starts), to };
}

/** When a call ran, on the time scale of its own group. */
export function Lane({ call, group }: { call: ToolItem; group: Span }) {
  const now = useNow(group.to === null);
  const { phase } = call;
  const started = phase.state === "running" || phase.state === "ended" ? phase.started_at : null;
  const end = group.to ?? now;
  const length = Math.max(1, end - group.from);
  const percent = (ts: number) => Math.min(100, Math.max(0, ((ts - group.from) / length) * 100));
  return (
    <span className="lane" data-state={callState(call)} aria-hidden>
      {started !== null && (
        <i
          style={
            {
              "--a": percent(started),
              "--b": percent(phase.state === "ended" ? phase.ended_at : end),
            } as React.CSSProperties
          }
        />
      )}
    </span>
  );
}
