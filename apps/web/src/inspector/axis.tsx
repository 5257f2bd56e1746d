import { isOpen, type Turn } from "@millrace/protocol";
import type { CSSProperties } from "react";
import { clock } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { type Scale, ticksOf } from "./scale.ts";
import { presentOf, rangeOf, type Shown } from "./use-axis.ts";

/** The ruler with its ticks, their lines down the rows, and the cuts through both. */
export function Axis({ turn, scale, shown }: { turn: Turn; scale: Scale; shown: Shown }) {
  const open = isOpen(turn);
  const now = useNow(open);
  const present = presentOf(turn, now);
  const drawn = scale.at(present);
  const { from, to } = rangeOf(shown, drawn, open);
  const marks = ticksOf(scale, from, to);
  const cuts = scale.cuts(present);
  const crowd = (to - from) * 0.13;
  const isNear = (at: number) => cuts.some((cut) => Math.abs(cut - at) < (to - from) * 0.05);
  return (
    <>
      <div className="ruler" aria-hidden>
        {marks
          .filter(({ at }) => (!open || Math.abs(at - drawn) > crowd) && !isNear(at))
          .map(({ seconds, at }, index) => (
            <span key={seconds} className={at - from < crowd / 2 ? "tick start" : "tick"} style={placed(at)}>
              {label(seconds, index === 0)}
            </span>
          ))}
        {open && (
          <span className="tick now" style={{ "--a": "var(--now)" } as CSSProperties}>
            {present < 60 ? present.toFixed(1) : clock(present)}
          </span>
        )}
        {cuts.map((at) => (
          <i key={at} className="skip" style={placed(at)} />
        ))}
      </div>
      <div className="grid" aria-hidden>
        {marks
          .filter(({ at }) => at > 0)
          .map(({ seconds, at }) => (
            <i key={seconds} style={placed(at)} />
          ))}
        {open && <i className="nowline" style={{ "--a": "var(--now)" } as CSSProperties} />}
      </div>
      {cuts.length > 0 && (
        <div className="cuts" aria-hidden data-testid="timeline-cuts">
          {cuts.map((at) => (
            <i key={at} style={placed(at)} />
          ))}
        </div>
      )}
    </>
  );
}

const placed = (at: number) => ({ "--a": at }) as CSSProperties;

function label(seconds: number, first: boolean): string {
  if (seconds >= 60) return clock(seconds);
  return first ? `${seconds} s` : String(seconds);
}
