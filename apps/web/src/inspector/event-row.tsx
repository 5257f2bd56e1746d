import type { Event } from "@millrace/protocol";
import { memo, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../shell/copy-button.tsx";
import { timeOfDay } from "../time/format.ts";
import { type EventKind, eventSummary } from "./event-summary.ts";
import { JsonText } from "./json-text.tsx";

interface Props {
  event: Event;
  index: number;
  kind: EventKind;
  /** When its run began; null where it has none: then the time of day is shown. */
  base: number | null;
  opened: boolean;
  toggle(event: Event): void;
}

export const EventRow = memo(function EventRow({ event, index, kind, base, opened, toggle }: Props) {
  const place = event.from === undefined || event.from === event.seq ? event.seq : `${event.from}–${event.seq}`;
  return (
    <button
      type="button"
      className="ev"
      data-testid="event"
      data-kind={kind}
      data-type={event.type}
      data-index={index}
      aria-expanded={opened}
      onClick={() => toggle(event)}
    >
      <span className="q">{place}</span>
      <span>{base === null ? timeOfDay(event.ts, true) : `+${Math.max(0, (event.ts - base) / 1_000).toFixed(2)}`}</span>
      <span className="ty ell">
        {event.type} <em>{eventSummary(event)}</em>
      </span>
    </button>
  );
});

/** All of one event. `sized` hears its height whenever it changes. */
export function EventBody({ event, sized }: { event: Event; sized(height: number): void }) {
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = body.current;
    if (element === null) return;
    sized(element.offsetHeight);
    const sizes = new ResizeObserver(() => sized(element.offsetHeight));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [sized]);
  return (
    <div className="ev-body" ref={body}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre className="ev-json" tabIndex={0} data-testid="event-json">
        <JsonText value={event} />
      </pre>
      <CopyButton text={() => `${JSON.stringify(event)}\n`} label={t("inspector.copy_event")} />
    </div>
  );
}
