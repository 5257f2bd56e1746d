import { type CSSProperties, type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { keyOf, place } from "./bars.tsx";
import type { Scale } from "./scale.ts";
import { type Band, barsOf, type TimelineRow } from "./timeline.ts";
import type { Movable } from "./use-moves.ts";
import { between, moved, type Range, within, zoomed } from "./window.ts";

/** Lanes for calls that the strip has room for. */
const LANES = 4;
/** Pixels from an edge of the window that take hold of it; and that a press moves before it draws a new one. */
const EDGE = 8;

interface Props {
  bands: readonly Band[];
  base: number;
  scale: Scale;
  movable: Movable;
  /** The reader chose what is shown; null where it is not a part. */
  chosen: Range | null;
  reset(): void;
}

type Grip = { readonly part: "window" | "from" | "to" | "new"; readonly at: number; readonly range: Range };

/** The whole run at a glance, with the part that is shown below: drawn, moved and stretched here, also by keys. */
export function Overview({ bands, base, scale, movable, chosen, reset }: Props) {
  const { t } = useTranslation();
  const grip = useRef<Grip | null>(null);
  const pointOf = ({ currentTarget, clientX }: PointerEvent<HTMLElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const end = movable.end();
    return { at: Math.max(0, Math.min(end, ((clientX - left) / width) * end)), edge: (EDGE / width) * end };
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    const { at, edge } = pointOf(event);
    const range = movable.range();
    const near = (side: number) => Math.abs(at - side) <= edge;
    const inside = at > range.from && at < range.to;
    const part =
      chosen === null ? "new" : near(range.from) ? "from" : near(range.to) ? "to" : inside ? "window" : "new";
    grip.current = { part, at, range };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const held = grip.current;
    if (held === null) return;
    const { at, edge } = pointOf(event);
    const end = movable.end();
    if (held.part === "window") movable.move(moved(held.range, at - held.at, end));
    else if (held.part === "from") movable.move(between(at, held.range.to, end));
    else if (held.part === "to") movable.move(between(held.range.from, at, end));
    else if (Math.abs(at - held.at) > edge) movable.move(between(held.at, at, end));
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const held = grip.current;
    grip.current = null;
    if (held === null || held.part !== "new" || chosen === null) return;
    const { at, edge } = pointOf(event);
    const half = (held.range.to - held.range.from) / 2;
    if (Math.abs(at - held.at) <= edge) movable.move(within({ from: at - half, to: at + half }, movable.end()));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const range = movable.range();
    const end = movable.end();
    const step = (range.to - range.from) / 10;
    const middle = (range.from + range.to) / 2;
    const next = {
      ArrowLeft: () => moved(range, -step, end),
      ArrowRight: () => moved(range, step, end),
      ArrowUp: () => zoomed(range, 1.5, middle, end),
      "+": () => zoomed(range, 1.5, middle, end),
      "=": () => zoomed(range, 1.5, middle, end),
      ArrowDown: () => zoomed(range, 1 / 1.5, middle, end),
      "-": () => zoomed(range, 1 / 1.5, middle, end),
      Home: () => moved(range, -end, end),
      End: () => moved(range, end, end),
    }[event.key];
    if (event.key === "0") reset();
    if (next !== undefined) movable.move(next());
    if (next !== undefined || event.key === "0") event.preventDefault();
  };
  const { from, to } = movable.range();
  return (
    <div
      className="over"
      role="slider"
      tabIndex={0}
      data-testid="timeline-strip"
      aria-label={t("inspector.strip")}
      aria-valuemin={0}
      aria-valuemax={Math.round(movable.end())}
      aria-valuenow={Math.round(from)}
      aria-valuetext={t("inspector.strip_value", { from: from.toFixed(1), to: to.toFixed(1) })}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => {
        grip.current = null;
      }}
      onDoubleClick={reset}
      onKeyDown={onKeyDown}
    >
      {bands.slice(1).map((band) => (
        <i key={band.step} className="band" style={{ "--a": scale.at(band.from) } as CSSProperties} />
      ))}
      {bands.flatMap((band) => {
        const calls = band.rows.filter((row) => row.item.kind === "tool");
        return band.rows.flatMap((row) => strokes(row, calls.indexOf(row), base, scale));
      })}
      {chosen !== null && <i className="part" />}
    </div>
  );
}

function strokes(row: TimelineRow, lane: number, base: number, scale: Scale) {
  const y = lane === -1 ? 5 : 12 + 5 * (lane % LANES);
  return barsOf(row.item, row.asked, base).map((bar) => (
    <i
      key={`${row.key} ${keyOf(bar)}`}
      className={`b ${bar.kind}`}
      style={{ ...place(bar, scale), "--y": `${y}px` } as CSSProperties}
    />
  ));
}
