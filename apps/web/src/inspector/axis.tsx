import { isOpen, type Turn } from "@millrace/protocol";
import type { CSSProperties } from "react";
import { clock } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { ticks, windowOf } from "./timeline.ts";
import { presentOf } from "./use-axis.ts";

/** The ruler with its ticks, and their lines down the rows. */
export function Axis({ turn, follow }: { turn: Turn; follow: boolean }) {
  const open = isOpen(turn);
  const now = useNow(open);
  const present = presentOf(turn, now);
  const { from, to } = windowOf(present, open, follow);
  const marks = ticks(from, to);
  const crowd = (to - from) * 0.13;
  return (
    <>
      <div className="ruler" aria-hidden>
        {marks
          .filter((mark) => !open || Math.abs(mark - present) > crowd)
          .map((mark, index) => (
            <span key={mark} style={{ "--a": mark } as CSSProperties}>
              {label(mark, index === 0)}
            </span>
          ))}
        {open && (
          <span className="now" style={{ "--a": "var(--now)" } as CSSProperties}>
            {present < 60 ? present.toFixed(1) : clock(present)}
          </span>
        )}
      </div>
      <div className="grid" aria-hidden>
        {marks.slice(from === 0 ? 1 : 0).map((mark) => (
          <i key={mark} style={{ "--a": mark } as CSSProperties} />
        ))}
        {open && <i className="nowline" style={{ "--a": "var(--now)" } as CSSProperties} />}
      </div>
    </>
  );
}

function label(mark: number, first: boolean): string {
  if (mark >= 60) return clock(mark);
  return first ? `${mark} s` : String(mark);
}
