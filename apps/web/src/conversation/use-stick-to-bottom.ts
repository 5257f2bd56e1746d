import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

/** Pixels from the bottom within which the view holds on to it. */
const NEAR = 48;

export interface StickToBottom {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  readonly stuck: boolean;
  /** The reader asked for the beginning by key, and has not left it since. */
  readonly atStart: RefObject<boolean>;
  toBottom(): void;
  /** As `stuck`, to be asked at any time. */
  atEnd(): boolean;
  /** Lets go of the bottom: what comes next must not move the page. */
  stay(): void;
}

/**
 * Holds a growing page at its bottom until the reader moves up, by wheel, touch, key or scrollbar; then nothing
 * moves until they come back or ask for it. `page` names the page: another one starts at its bottom.
 */
export function useStickToBottom(page: string | null): StickToBottom {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const held = useRef(true);
  const atStart = useRef(false);
  const top = useRef(0);
  const [stuck, setStuck] = useState(true);

  const hold = useCallback((value: boolean) => {
    held.current = value;
    setStuck(value);
  }, []);

  const toBottom = useCallback(() => {
    hold(true);
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }, [hold]);

  // Whether there is an end to go back to shows when the page has changed.
  const stay = useCallback(() => {
    held.current = false;
  }, []);

  const atEnd = useCallback(() => held.current, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another page starts at its bottom
  useEffect(() => {
    toBottom();
    // That the page before it was left is no way up in this one.
    top.current = 0;
    atStart.current = false;
  }, [page, toBottom]);

  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (element === null || inner === null) return;
    top.current = element.scrollTop;
    let touch = 0;
    const distance = () => element.scrollHeight - element.clientHeight - element.scrollTop;
    const release = () => {
      if (held.current && element.scrollHeight > element.clientHeight) hold(false);
    };
    const follow = () => {
      if (held.current) element.scrollTop = element.scrollHeight;
      else hold(element.scrollHeight <= element.clientHeight);
    };
    const onScroll = () => {
      const up = element.scrollTop < top.current;
      top.current = element.scrollTop;
      if (top.current > 0) atStart.current = false;
      if (distance() <= NEAR) {
        if (!held.current && !up) hold(true);
      } else if (up) {
        release();
      }
    };
    const onWheel = (event: WheelEvent) => {
      if (event.deltaY < 0) release();
    };
    const onTouchStart = (event: TouchEvent) => {
      touch = event.touches[0]?.clientY ?? 0;
    };
    const onTouchMove = (event: TouchEvent) => {
      if ((event.touches[0]?.clientY ?? 0) > touch + 4) release();
    };
    const onKey = (event: KeyboardEvent) => {
      // In a field they move its caret.
      if (event.target instanceof Element && event.target.matches("input, textarea")) return;
      if (["ArrowUp", "PageUp", "Home"].includes(event.key)) release();
      if (event.key === "End") toBottom();
      if (event.key === "Home" && event.target === element) {
        // At once: on the way what comes near gets its true height.
        event.preventDefault();
        element.scrollTop = 0;
        atStart.current = true;
      }
    };
    const sizes = new ResizeObserver(follow);
    sizes.observe(inner);
    sizes.observe(element);
    element.addEventListener("scroll", onScroll, { passive: true });
    element.addEventListener("wheel", onWheel, { passive: true });
    element.addEventListener("touchstart", onTouchStart, { passive: true });
    element.addEventListener("touchmove", onTouchMove, { passive: true });
    element.addEventListener("keydown", onKey);
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", onScroll);
      element.removeEventListener("wheel", onWheel);
      element.removeEventListener("touchstart", onTouchStart);
      element.removeEventListener("touchmove", onTouchMove);
      element.removeEventListener("keydown", onKey);
    };
  }, [hold, toBottom]);

  return { scroller, content, stuck, atStart, toBottom, atEnd, stay };
}
