import type { CSSProperties } from "react";
import { keyOf, place } from "./bars.tsx";
import { type Band, barsOf, type TimelineRow } from "./timeline.ts";

/** Lanes for calls that the strip has room for. */
const LANES = 4;

/** The whole run at a glance. */
export function Overview({ bands, base }: { bands: readonly Band[]; base: number }) {
  return (
    <div className="over" aria-hidden>
      {bands.slice(1).map((band) => (
        <i key={band.step} className="band" style={{ "--a": band.from } as CSSProperties} />
      ))}
      {bands.flatMap((band) => {
        const calls = band.rows.filter((row) => row.item.kind === "tool");
        return band.rows.flatMap((row) => strokes(row, calls.indexOf(row), base));
      })}
    </div>
  );
}

function strokes(row: TimelineRow, lane: number, base: number) {
  const y = lane === -1 ? 5 : 12 + 5 * (lane % LANES);
  return barsOf(row.item, row.asked, base).map((bar) => (
    <i
      key={`${row.key} ${keyOf(bar)}`}
      className={`b ${bar.kind}`}
      style={{ ...place(bar), "--y": `${y}px` } as CSSProperties}
    />
  ));
}
