import type { Item, Turn } from "@millrace/protocol";
import { useEffect, useLayoutEffect, useRef, useState } from "react";

/** What an attempt had written when it broke off. `seq`: of the notice that says so. */
export interface Voided {
  readonly seq: number;
  readonly text: string;
}

/** Milliseconds for which it is struck before it goes. */
const STRUCK_MS = 600;
/** Milliseconds between looks whether it can go unseen. */
const AGAIN_MS = 500;

/** What a retry took out of a run that is on the screen: for a moment, and never away from under the reader's eyes. */
export function useVoided(turn: Turn): Voided | null {
  const before = useRef(turn.items);
  const [voided, setVoided] = useState<Voided | null>(null);
  useLayoutEffect(() => {
    const lost = voidedBetween(before.current, turn.items);
    before.current = turn.items;
    if (lost !== null) setVoided(lost);
  }, [turn.items]);
  useEffect(() => {
    if (voided === null) return;
    const goes = () => {
      if (isRead()) timer = setTimeout(goes, AGAIN_MS);
      else setVoided(null);
    };
    let timer = setTimeout(goes, STRUCK_MS);
    return () => clearTimeout(timer);
  }, [voided]);
  return voided;
}

/** The words that the newest retry made void, null where there is none or it took no words. */
export function voidedBetween(before: readonly Item[], after: readonly Item[]): Voided | null {
  const retry = after.findLast((item) => item.kind === "retry");
  if (retry === undefined || before === after || before.some((item) => item.seq === retry.seq)) return null;
  const kept = new Set(after.map((item) => item.seq));
  const lost = before.filter((item) => item.kind === "text" && item.seq < retry.seq && !kept.has(item.seq));
  const text = lost
    .map((item) => (item.kind === "text" ? item.content : ""))
    .join("")
    .trim();
  return text === "" ? null : { seq: retry.seq, text };
}

/** Pixels from the bottom within which what goes above does not move what is read. */
const NEAR = 48;

/** Whether the struck words are in view of a reader who has left the bottom. */
function isRead(): boolean {
  const scroller = document.querySelector(".scroll");
  const words = document.querySelector(".void");
  if (scroller === null || words === null) return false;
  if (scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop <= NEAR) return false;
  const [view, place] = [scroller.getBoundingClientRect(), words.getBoundingClientRect()];
  return place.top < view.bottom && place.bottom > view.top;
}
