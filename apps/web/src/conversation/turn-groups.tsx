import { firstMessage, type Turn } from "@millrace/protocol";
import { memo, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { FarWords } from "./turn-chunks.tsx";
import TurnView from "./turn-view.tsx";

/** Turns that are drawn together. */
const TOGETHER = 8;
/** Pixels above and below what is seen within which turns are drawn. */
const AHEAD = 1_200;
/** Pixels that a turn is taken for until it was drawn. */
const ABOUT = 280;

export interface TurnGroupsProps {
  turns: readonly Turn[];
  scroller: RefObject<HTMLElement | null>;
  /** Whether the reader asked for the beginning, wherever that will be. */
  atStart: RefObject<boolean>;
  /** `run_id` of a turn that is drawn at once; null: only the last ones are. */
  wanted: string | null;
}

/**
 * The turns of a conversation of any length: those that nobody came near to yet only keep their place. Earlier ones may
 * come later: the groups are counted from the turn that was the first one here, so that those that are drawn stay.
 */
export default function TurnGroups({ turns, scroller, wanted, atStart }: TurnGroupsProps) {
  const [first, setFirst] = useState(() => turns[0] && placeOf(turns[0]));
  const found = first === undefined ? -1 : turns.findIndex((turn) => isAt(turn, first));
  const at = Math.max(0, found);
  // It is on a branch that is shown no more.
  if (found < 0 && turns[0] !== undefined) setFirst(placeOf(turns[0]));
  useKeptAbove(scroller, at, atStart);
  const groups = [];
  for (let from = at - TOGETHER * Math.ceil(at / TOGETHER); from < turns.length; from += TOGETHER) {
    const group = turns.slice(Math.max(0, from), from + TOGETHER);
    const near = from + 2 * TOGETHER > turns.length || group.some(({ run_id }) => run_id === wanted);
    groups.push(<TurnGroup key={from - at} turns={group} scroller={scroller} near={near} />);
  }
  return groups;
}

/** What is read does not move when `at` turns come before it, who is at the very top included. */
function useKeptAbove(scroller: RefObject<HTMLElement | null>, at: number, atStart: RefObject<boolean>) {
  const before = useRef(at);
  useLayoutEffect(() => {
    const came = at - before.current;
    before.current = at;
    const element = scroller.current;
    if (came <= 0 || element === null || (atStart.current && element.scrollTop === 0)) return;
    // The browser would do the same, but not at the top; both would be too much.
    element.style.overflowAnchor = "none";
    const groups = element.querySelectorAll<HTMLElement>(".turns");
    const [first, kept] = [groups[0], groups[Math.ceil(came / TOGETHER)]];
    if (first !== undefined && kept !== undefined) element.scrollTop += kept.offsetTop - first.offsetTop;
    const frame = requestAnimationFrame(() => element.style.removeProperty("overflow-anchor"));
    return () => {
      cancelAnimationFrame(frame);
      element.style.removeProperty("overflow-anchor");
    };
  }, [scroller, at, atStart]);
}

interface TurnGroupProps extends Pick<TurnGroupsProps, "turns" | "scroller"> {
  near: boolean;
}

/** What was drawn once stays. */
const TurnGroup = memo(
  function TurnGroup({ turns, scroller, near }: TurnGroupProps) {
    const [drawn, setDrawn] = useState(near);
    const place = useRef<HTMLDivElement>(null);
    const was = useRef(0);
    if (near && !drawn) setDrawn(true);
    useEffect(() => {
      const element = place.current;
      if (drawn || element === null) return;
      const draw = () => {
        was.current = element.offsetHeight;
        setDrawn(true);
      };
      const drawNow = () => flushSync(draw);
      const observer = new IntersectionObserver(
        (entries) => {
          if (entries.some(({ isIntersecting }) => isIntersecting)) draw();
        },
        { root: scroller.current, rootMargin: `${AHEAD}px 0px` },
      );
      observer.observe(element);
      window.addEventListener("beforeprint", drawNow);
      return () => {
        observer.disconnect();
        window.removeEventListener("beforeprint", drawNow);
      };
    }, [drawn, scroller]);
    useLayoutEffect(() => {
      if (drawn && was.current > 0) keepInPlace(scroller.current, place.current, was.current);
    }, [drawn, scroller]);
    const reveal = (run_id: string) => {
      flushSync(() => setDrawn(true));
      place.current?.querySelector(`[data-run-id="${CSS.escape(run_id)}"]`)?.scrollIntoView({ block: "start" });
    };
    return (
      <div
        ref={place}
        className={drawn ? "turns" : "turns far"}
        data-runs={drawn ? undefined : turns.map(({ run_id }) => run_id).join(" ")}
        style={drawn ? undefined : { height: turns.length * ABOUT }}
      >
        {!drawn && <FarWords turns={turns} reveal={reveal} />}
        {drawn && turns.map((turn) => <TurnView key={placeOf(turn)} turn={turn} />)}
      </div>
    );
  },
  (before, after) =>
    before.near === after.near &&
    before.scroller === after.scroller &&
    before.turns.length === after.turns.length &&
    before.turns.every((turn, index) => turn === after.turns[index]),
);

/** Also where it is known only by now what else was in that place. */
const isAt = (turn: Turn, place: string): boolean =>
  placeOf(turn) === place || turn.branch?.siblings.includes(place) === true;

/** Runs that took each other's place are shown in the same one. */
const placeOf = (turn: Turn): string => turn.branch?.siblings[0] ?? firstMessage(turn) ?? turn.run_id;

/** What is read does not move when something above gets its true height; most browsers see to that themselves. */
function keepInPlace(scroller: HTMLElement | null, group: HTMLElement | null, was: number): void {
  if (scroller === null || group === null || CSS.supports("overflow-anchor", "auto")) return;
  const above = group.getBoundingClientRect().top < scroller.getBoundingClientRect().top;
  if (above) scroller.scrollTop += group.offsetHeight - was;
}
