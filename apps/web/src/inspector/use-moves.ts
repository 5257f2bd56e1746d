import { type RefObject, useEffect, useRef } from "react";
import { moved, type Range, zoomed } from "./window.ts";

/** What the reader's hands move. All in drawn seconds. */
export interface Movable {
  /** What is shown now. */
  range(): Range;
  /** Of all there is to see. */
  end(): number;
  move(range: Range): void;
}

/** Pixels that a finger moves before it drags. */
const SLACK = 8;

/** Wheel and fingers on the rows: ⌘ wheel and pinch zoom, sideways moves. Upright scrolling stays the browser's. */
export function useMoves(element: RefObject<HTMLElement | null>, movable: Movable): void {
  const latest = useRef(movable);
  useEffect(() => {
    latest.current = movable;
  });
  useEffect(() => {
    const area = element.current;
    if (area === null) return;
    const fingers = new Map<number, number>();
    let dragged = 0;
    let sideways = false;
    const track = () => (area.querySelector(".ruler") ?? area).getBoundingClientRect();
    const at = (x: number) => {
      const { left, width } = track();
      const { from, to } = latest.current.range();
      return from + ((x - left) / Math.max(1, width)) * (to - from);
    };
    const zoom = (factor: number, x: number) => {
      const { range, end, move } = latest.current;
      move(zoomed(range(), factor, at(x), end()));
    };
    const pan = (pixels: number) => {
      const { range, end, move } = latest.current;
      const { from, to } = range();
      move(moved({ from, to }, (pixels / Math.max(1, track().width)) * (to - from), end()));
    };
    const onWheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(Math.exp(-event.deltaY / 200), event.clientX);
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        pan(event.deltaX === 0 ? event.deltaY : event.deltaX);
      }
    };
    const onDown = (event: PointerEvent) => {
      if (event.pointerType === "mouse") return;
      fingers.set(event.pointerId, event.clientX);
      if (fingers.size === 1) {
        dragged = 0;
        sideways = false;
      }
    };
    const onMove = (event: PointerEvent) => {
      const before = fingers.get(event.pointerId);
      if (before === undefined) return;
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      fingers.set(event.pointerId, event.clientX);
      if (other === undefined) {
        dragged += event.clientX - before;
        if (Math.abs(dragged) > SLACK) sideways = true;
        if (sideways) pan(before - event.clientX);
      } else {
        sideways = true;
        const [apart, now] = [Math.abs(before - other), Math.abs(event.clientX - other)];
        if (apart > SLACK && now > SLACK) zoom(now / apart, (event.clientX + other) / 2);
      }
    };
    const onUp = (event: PointerEvent) => fingers.delete(event.pointerId);
    const onClick = (event: MouseEvent) => {
      if (!sideways) return;
      sideways = false;
      event.preventDefault();
      event.stopPropagation();
    };
    area.addEventListener("wheel", onWheel, { passive: false });
    area.addEventListener("pointerdown", onDown);
    area.addEventListener("pointermove", onMove);
    area.addEventListener("pointerup", onUp);
    area.addEventListener("pointercancel", onUp);
    area.addEventListener("click", onClick, true);
    return () => {
      area.removeEventListener("wheel", onWheel);
      area.removeEventListener("pointerdown", onDown);
      area.removeEventListener("pointermove", onMove);
      area.removeEventListener("pointerup", onUp);
      area.removeEventListener("pointercancel", onUp);
      area.removeEventListener("click", onClick, true);
    };
  }, [element]);
}
