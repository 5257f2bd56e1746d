import { isOpen, type Turn } from "@millrace/protocol";
import { type RefObject, useLayoutEffect } from "react";
import { useSession } from "../shell/app-context.ts";
import { windowOf } from "./timeline.ts";

/** The present in seconds since the run began: now, or its end. */
export function presentOf(turn: Turn, now: number): number {
  const ts = "ended_at" in turn.phase ? turn.phase.ended_at : now;
  return Math.max(0, (ts - turn.started_at) / 1_000);
}

/**
 * Keeps the time axis in custom properties: every bar places itself by them, so that a frame of a running
 * timeline moves bars without drawing a row again.
 */
export function useAxis(element: RefObject<HTMLElement | null>, turn: Turn, follow: boolean): void {
  const skew = useSession((state) => state.skew);
  const open = isOpen(turn);
  useLayoutEffect(() => {
    const set = () => {
      const present = presentOf(turn, Date.now() - skew);
      const { from, to } = windowOf(present, open, follow);
      const style = element.current?.style;
      style?.setProperty("--now", String(present));
      style?.setProperty("--end", String(Math.max(0.1, present)));
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
  }, [element, turn, open, follow, skew]);
}
