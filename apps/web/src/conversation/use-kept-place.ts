import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import { useApp, useSession } from "../shell/app-context.ts";

/** Pixels from the end within which nobody has left it. */
const NEAR = 48;

/** The turn at the upper edge of what was seen, and how far from that edge it began. */
interface Place {
  readonly run_id: string;
  readonly offset: number;
}

export interface KeptPlace {
  /** The `run_id` of the turn that was there, to be drawn with the others; null: none was. */
  readonly wanted: string | null;
  /** Whether the conversation is to be shown: it is there as far as that turn, or will not be soon. */
  readonly ready: boolean;
}

/**
 * Who scrolled up in a conversation comes back to the same place of it. `caughtUp`: what is held of it may be shown;
 * `stuck`: the page holds on to its end; `stay`: to be called before the page moves to the place.
 */
export function useKeptPlace(
  scroller: RefObject<HTMLElement | null>,
  { caughtUp, stuck, stay }: { caughtUp: boolean; stuck: boolean; stay: () => void },
): KeptPlace {
  const { session } = useApp();
  const session_id = useSession((state) => state.session_id);
  const kept = useRef(new Map<string, Place>());
  /** The conversation of which the place was looked for: where the reader is in it counts from then on. */
  const arrived = useRef<string | null>(null);

  useEffect(
    () =>
      session.subscribe((state, { session_id: left }) => {
        if (left === state.session_id) return;
        const wasThere = arrived.current === left;
        arrived.current = null;
        // Who leaves before the place is found again has not left another one.
        if (left === null || !wasThere) return;
        const place = scroller.current === null ? null : placeIn(scroller.current);
        if (place === null) kept.current.delete(left);
        else kept.current.set(left, place);
      }),
    [session, scroller],
  );

  const place = (session_id === null ? undefined : kept.current.get(session_id)) ?? null;
  const run_id = place?.run_id ?? null;
  const held = useSession(
    ({ partial, view }) => run_id === null || partial !== true || view.turns.some((turn) => turn.run_id === run_id),
  );
  const late = useSession((state) => (state.askOlder ?? null) !== null);
  const settled = useSession(({ link }) => link === "live" || link === "gone") && held;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per time that a conversation is opened
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!settled || arrived.current === session_id) return;
    arrived.current = session_id;
    // Who could read before all of it was there, and did, stays.
    if (place === null || element === null || !stuck) return;
    const turn = element.querySelector(`[data-run-id="${CSS.escape(place.run_id)}"]`);
    if (turn === null) return;
    const align = () => {
      element.scrollTop += fromEdge(element, turn) - place.offset;
    };
    stay();
    align();
    // What was not drawn yet has its true height only in the frame in which it is.
    const heights = new ResizeObserver(align);
    heights.observe(turn);
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => heights.disconnect());
    });
    return () => {
      cancelAnimationFrame(frame);
      heights.disconnect();
    };
  }, [settled, session_id]);
  return { wanted: run_id, ready: caughtUp && (held || late) };
}

/** Null at the end: there it goes on. */
function placeIn(scroller: HTMLElement): Place | null {
  if (scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop <= NEAR) return null;
  const turns = [...scroller.querySelectorAll<HTMLElement>(".turn[data-run-id]")];
  const seen = turns.find((turn) => fromEdge(scroller, turn) + turn.offsetHeight > 0);
  const run_id = seen?.dataset.runId;
  return seen === undefined || run_id === undefined ? null : { run_id, offset: fromEdge(scroller, seen) };
}

const fromEdge = (scroller: Element, turn: Element): number =>
  turn.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
