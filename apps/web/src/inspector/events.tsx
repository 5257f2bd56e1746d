import { type Event, fromOf } from "@millrace/protocol";
import {
  Fragment,
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useSession, useSessions } from "../shell/app-context.ts";
import { COARSE, useMedia } from "../shell/use-media.ts";
import { EventBar } from "./event-bar.tsx";
import type { EventFilter, Listed } from "./event-list.ts";
import { EventBody, EventRow } from "./event-row.tsx";
import { eventKind } from "./event-summary.ts";
import { useEvents } from "./use-events.ts";
import { topOf, windowed } from "./windowed.ts";

/** Pixels from the end within which the list follows it, and from the beginning within which older events are fetched. */
const NEAR = 48;
/** Milliseconds after the last key that a filter waits for another one. */
const TYPING_MS = 150;

/** The log as it is, event by event. */
export function Events() {
  const { t } = useTranslation();
  const { list, listed, loading, loadOlder } = useEvents();
  const [filter, setFilter] = useState<EventFilter>({ families: new Set(), text: "" });
  const session_id = useSession((state) => state.session_id);
  const cursor = useSession((state) => state.view.seq);
  const head = useSessions((state) => state.list.find((held) => held.session_id === session_id)?.head ?? 0);
  useEffect(() => {
    const timer = setTimeout(() => list.filter(filter), filter.text === "" ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [list, filter]);
  if (listed.total === 0) return <p className="pane-empty">{t("inspector.no_events")}</p>;
  return (
    <>
      <EventBar list={list} listed={listed} filter={filter} setFilter={setFilter} />
      {listed.first > 1 && (
        <button type="button" className="ev-older" disabled={loading} onClick={() => loadOlder("all")}>
          {loading && <span className="spin" />}
          {t("inspector.older", { n: listed.first - 1 })}
        </button>
      )}
      <EventRows listed={listed} atTop={listed.first > 1 ? loadOlder : null} />
      <div className="ev-foot" data-testid="events-foot">
        <span>{t("inspector.cursor", { n: cursor })}</span>
        <span>{t("inspector.head", { n: Math.max(head, cursor) })}</span>
        <span className="grow" />
        {listed.waiting > 0 ? (
          <span className="ev-waiting">{t("inspector.paused", { count: listed.waiting })}</span>
        ) : (
          <span>{t("inspector.listed", { n: listed.shown.length, all: listed.total })}</span>
        )}
      </div>
    </>
  );
}

function EventRows({ listed, atTop }: { listed: Listed; atTop: (() => void) | null }) {
  const { t } = useTranslation();
  const { shown, voided } = listed;
  const turns = useSession((state) => state.view.turns);
  const aside = useSession((state) => state.view.aside);
  const starts = useMemo(
    () => new Map([...aside, ...turns].map((turn) => [turn.run_id, turn.started_at])),
    [aside, turns],
  );
  const height = (useMedia(COARSE) ? 2.75 : 1.5) * rem();
  const scroller = useRef<HTMLElement>(null);
  const [opened, setOpened] = useState<{ readonly from: number; readonly height: number } | null>(null);
  const index = opened === null ? -1 : shown.findLastIndex((event) => fromOf(event) <= opened.from);
  const isListed = opened !== null && index !== -1 && fromOf(shown[index]!) === opened.from;
  const rows = { count: shown.length, height, opened: isListed ? { index, height: opened.height } : null };
  const { top, viewport, onScroll } = useScroll(scroller, listed, rows.count * height);
  const { start, end, before, after } = windowed(rows, top, viewport);
  const toggle = useCallback((event: Event) => {
    const from = fromOf(event);
    setOpened((held) => (held?.from === from ? null : { from, height: 0 }));
  }, []);
  const sized = useCallback((size: number) => {
    setOpened((held) => (held === null || held.height === size ? held : { ...held, height: size }));
  }, []);
  const focusRow = useFocusRow(scroller, (at) => topOf(rows, at), height);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = Number((event.target as HTMLElement).dataset.index);
    if (!Number.isInteger(at) || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next === undefined || next < 0 || next >= shown.length) return;
    event.preventDefault();
    focusRow(next);
  };
  return (
    <section
      className="ev-list"
      ref={scroller}
      aria-label={t("inspector.events")}
      data-testid="events"
      onScroll={() => {
        onScroll();
        if (atTop !== null && (scroller.current?.scrollTop ?? NEAR) < NEAR) atTop();
      }}
      onKeyDown={onKeyDown}
    >
      <div style={{ paddingBlock: `${before}px ${after}px` }}>
        {shown.slice(start, end).map((event, offset) => {
          const place = start + offset;
          const isOpened = isListed && place === index;
          return (
            <Fragment key={fromOf(event)}>
              <EventRow
                event={event}
                index={place}
                kind={eventKind(event, voided)}
                base={starts.get(event.run_id ?? "") ?? null}
                opened={isOpened}
                toggle={toggle}
              />
              {isOpened && <EventBody event={event} sized={sized} />}
            </Fragment>
          );
        })}
      </div>
    </section>
  );
}

/** The reader's own size of text, in pixels. */
const rem = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

/** Where the list is scrolled to. It holds on to its end, and to what is in sight where older events come before it. */
function useScroll(scroller: RefObject<HTMLElement | null>, listed: Listed, size: number) {
  const [place, setPlace] = useState({ top: 0, viewport: 600 });
  const near = useRef(true);
  const before = useRef({ first: listed.first, size });
  const read = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    const { scrollTop: top, clientHeight: viewport } = element;
    setPlace((held) => (held.top === top && held.viewport === viewport ? held : { top, viewport }));
  }, [scroller]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the end whenever events come
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const { first, size: was } = before.current;
    before.current = { first: listed.first, size };
    if (near.current) element.scrollTop = element.scrollHeight;
    else if (listed.first < first) element.scrollTop += size - was;
    read();
  }, [listed, size, read]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const sizes = new ResizeObserver(() => {
      if (near.current) element.scrollTop = element.scrollHeight;
      read();
    });
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [scroller, read]);
  const onScroll = () => {
    const element = scroller.current;
    if (element === null) return;
    near.current = element.scrollHeight - element.clientHeight - element.scrollTop <= NEAR;
    read();
  };
  return { ...place, onScroll };
}

/** Moves the focus to a row, which may not be drawn yet. */
function useFocusRow(scroller: RefObject<HTMLElement | null>, topOfRow: (index: number) => number, height: number) {
  const [wanted, setWanted] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (wanted === null || element === null) return;
    const row = element.querySelector<HTMLElement>(`[data-index="${wanted}"]`);
    if (row === null) return;
    row.focus({ preventScroll: true });
    setWanted(null);
  });
  return (index: number) => {
    const element = scroller.current;
    if (element === null) return;
    const top = topOfRow(index);
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + height - element.clientHeight;
    }
    setWanted(index);
  };
}
