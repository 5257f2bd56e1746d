import type { CSSProperties } from "react";
import type { Scale } from "./scale.ts";
import type { Bar } from "./timeline.ts";

/** `--a` and `--b` of a stretch of time: what lasts ends where the present is. */
export function place({ from, to }: { from: number; to: number | null }, scale: Scale): CSSProperties {
  return { "--a": scale.at(from), "--b": to === null ? "var(--now)" : scale.at(to) } as CSSProperties;
}

export function Bars({ bars, scale }: { bars: readonly Bar[]; scale: Scale }) {
  return bars.map((bar) => (
    <i
      key={keyOf(bar)}
      className={bar.to === null ? `b ${bar.kind} live` : `b ${bar.kind}`}
      style={place(bar, scale)}
    />
  ));
}

/** A row never has two bars of one kind that begin together. */
export const keyOf = ({ kind, from }: Bar): string => `${kind} ${from}`;
