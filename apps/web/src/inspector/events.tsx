import type { Event } from "@millrace/protocol";
import { memo, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../shell/app-context.ts";
import { type EventKind, eventKind, eventSummary, voidedBy } from "./event-summary.ts";

/** Pixels from the end within which the list follows it. */
const NEAR = 48;

/** The last events of the log, as they are. */
export function Events() {
  const { t } = useTranslation();
  const events = useSession((state) => state.recent);
  const cursor = useSession((state) => state.view.seq);
  const turns = useSession((state) => state.view.turns);
  const list = useRef<HTMLDivElement>(null);
  const near = useRef(true);
  const voided = useMemo(() => voidedBy(events), [events]);
  const starts = useMemo(() => new Map(turns.map((turn) => [turn.run_id, turn.started_at])), [turns]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the end whenever events come
  useLayoutEffect(() => {
    if (near.current && list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }, [events]);
  const onScroll = () => {
    const element = list.current;
    if (element !== null) near.current = element.scrollHeight - element.clientHeight - element.scrollTop <= NEAR;
  };
  if (events.length === 0) return <p className="pane-empty">{t("inspector.no_events")}</p>;
  return (
    <>
      <div className="ev-list" ref={list} onScroll={onScroll}>
        {events.map((event) => (
          <EventRow
            key={event.from ?? event.seq}
            event={event}
            kind={eventKind(event, voided)}
            base={starts.get(event.run_id ?? "") ?? null}
          />
        ))}
      </div>
      <div className="ev-foot">
        {t("inspector.cursor", { n: cursor })}
        <span className="grow" />
        {t("inspector.last", { n: events.length })}
      </div>
    </>
  );
}

/** Characters of an opened event that are shown. */
const SHOWN = 20_000;

const EventRow = memo(function EventRow({ event, kind, base }: { event: Event; kind: EventKind; base: number | null }) {
  const [opened, setOpened] = useState(false);
  const place = event.from === undefined || event.from === event.seq ? event.seq : `${event.from}–${event.seq}`;
  return (
    <>
      <button
        type="button"
        className="ev"
        data-kind={kind}
        data-type={event.type}
        aria-expanded={opened}
        onClick={() => setOpened(!opened)}
      >
        <span className="q">{place}</span>
        <span>{base === null ? "" : `+${Math.max(0, (event.ts - base) / 1_000).toFixed(2)}`}</span>
        <span className="ty ell">
          {event.type} <em>{eventSummary(event)}</em>
        </span>
      </button>
      {opened && <pre className="ev-json">{JSON.stringify(event, null, 1).slice(0, SHOWN)}</pre>}
    </>
  );
});
