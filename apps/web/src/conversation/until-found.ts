import { type RefObject, useLayoutEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { useTurns } from "./turns-context.ts";

/**
 * For an element that is drawn as `hidden`: the browser's own search finds its text all the same, where the browser
 * can do that, and then `reveal` is called. React writes no other value of `hidden` than its presence.
 */
export function useUntilFound(hidden: boolean, reveal: () => void): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null);
  const { stay } = useTurns();
  const latest = useRef(reveal);
  useLayoutEffect(() => {
    latest.current = reveal;
  }, [reveal]);
  useLayoutEffect(() => {
    const element = place.current;
    if (!hidden || element === null) return;
    element.setAttribute("hidden", "until-found");
    const found = () => {
      stay();
      flushSync(() => latest.current());
    };
    element.addEventListener("beforematch", found);
    return () => element.removeEventListener("beforematch", found);
  }, [hidden, stay]);
  return place;
}
