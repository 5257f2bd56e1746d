import { firstMessage, type Turn } from "@millrace/protocol";
import { memo, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { TurnView } from "../shell/chunks.tsx";

/** Turns that are drawn together. */
const TOGETHER = 8;
/** Pixels above and below what is seen within which turns are drawn. */
const AHEAD = 1_200;
/** Pixels that a turn is taken for until it was drawn. */
const ABOUT = 280;

interface TurnGroupsProps {
  turns: readonly Turn[];
  scroller: RefObject<HTMLElement | null>;
  /** `run_id` of a turn that is drawn at once; null: only the last ones are. */
  wanted: string | null;
}

/** The turns of a conversation of any length: those that nobody came near to yet only keep their place. */
export function TurnGroups({ turns, scroller, wanted }: TurnGroupsProps) {
  const groups = [];
  for (let from = 0; from < turns.length; from += TOGETHER) {
    const group = turns.slice(from, from + TOGETHER);
    const near = from + 2 * TOGETHER > turns.length || group.some(({ run_id }) => run_id === wanted);
    groups.push(<TurnGroup key={from} turns={group} scroller={scroller} near={near} />);
  }
  return groups;
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
    return (
      <div
        ref={place}
        className={drawn ? "turns" : "turns far"}
        data-runs={drawn ? undefined : turns.map(({ run_id }) => run_id).join(" ")}
        style={drawn ? undefined : { height: turns.length * ABOUT }}
      >
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

/** Runs that took each other's place are shown in the same one. */
const placeOf = (turn: Turn): string => turn.branch?.siblings[0] ?? firstMessage(turn) ?? turn.run_id;

/** What is read does not move when something above gets its true height; most browsers see to that themselves. */
function keepInPlace(scroller: HTMLElement | null, group: HTMLElement | null, was: number): void {
  if (scroller === null || group === null || CSS.supports("overflow-anchor", "auto")) return;
  const above = group.getBoundingClientRect().top < scroller.getBoundingClientRect().top;
  if (above) scroller.scrollTop += group.offsetHeight - was;
}
