import { isOpen, type Turn } from "@millrace/protocol";
import { type RefObject, useLayoutEffect } from "react";
import { useApp } from "../shell/app-context.ts";
import type { Scale } from "./scale.ts";
import { type Range, windowOf } from "./window.ts";

/** What of the axis is shown: the end as it grows, all of it, or what the reader chose. */
export type Shown = "follow" | "fit" | Range;

/** The present in seconds since the run began: now, or its end. */
export function presentOf(turn: Turn, now: number): number {
  const ts = "ended_at" in turn.phase ? turn.phase.ended_at : now;
  return Math.max(0, (ts - turn.started_at) / 1_000);
}

/** `present` in drawn seconds. */
export function rangeOf(shown: Shown, present: number, open: boolean): Range {
  return typeof shown === "object" ? shown : windowOf(present, open, shown === "follow");
}

/**
 * Keeps the time axis in custom properties: every bar places itself by them, so that a frame of a running
 * timeline moves bars without drawing a row again.
 */
export function useAxis(element: RefObject<HTMLElement | null>, turn: Turn, scale: Scale, shown: Shown): void {
  const { session } = useApp();
  const open = isOpen(turn);
  useLayoutEffect(() => {
    const set = () => {
      const present = scale.at(presentOf(turn, session.now()));
      const { from, to } = rangeOf(shown, present, open);
      const style = element.current?.style;
      style?.setProperty("--now", String(present));
      style?.setProperty("--end", String(Math.max(0.1, windowOf(present, open, false).to)));
      style?.setProperty("--t0", String(from));
      style?.setProperty("--t1", String(to));
    };
    set();
    if (!open) return;
    let frame = requestAnimationFrame(function next() {
      set();
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [element, turn, open, scale, shown, session]);
}
