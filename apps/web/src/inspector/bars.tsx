import type { CSSProperties } from "react";
import type { Bar } from "./timeline.ts";

/** `--a` and `--b` of a stretch of time: what lasts ends where the present is. */
export function place({ from, to }: { from: number; to: number | null }): CSSProperties {
  return { "--a": from, "--b": to ?? "var(--now)" } as CSSProperties;
}

export function Bars({ bars }: { bars: readonly Bar[] }) {
  return bars.map((bar) => (
    <i key={keyOf(bar)} className={bar.to === null ? `b ${bar.kind} live` : `b ${bar.kind}`} style={place(bar)} />
  ));
}

/** A row never has two bars of one kind that begin together. */
export const keyOf = ({ kind, from }: Bar): string => `${kind} ${from}`;
