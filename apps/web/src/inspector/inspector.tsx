import { X } from "lucide-react";
import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useApp, usePreferences, useSession } from "../shell/app-context.ts";
import { TABS, type Tab } from "../shell/preferences.ts";
import { Events } from "./events.tsx";
import { Timeline } from "./timeline-view.tsx";
import { Usage } from "./usage.tsx";

const PANES = { timeline: Timeline, events: Events, usage: Usage };

export interface InspectorProps {
  close(): void;
}

/** How the run works, beside what it says. */
export default function Inspector({ close }: InspectorProps) {
  const { t } = useTranslation();
  const { preferences } = useApp();
  const tab = usePreferences((state) => state.tab);
  const head = useSession((state) => state.view.seq);
  const list = useRef<HTMLDivElement>(null);
  const Pane = PANES[tab];
  const choose = (next: Tab) => preferences.setState({ tab: next });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length]!;
    choose(next);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <aside className="inspector" id="inspector" aria-label={t("inspector.label")}>
      <span className="grab" />
      <div className="tabs">
        <div role="tablist" ref={list} onKeyDown={onKeyDown} style={{ display: "contents" }}>
          {TABS.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              className="tab"
              data-tab={name}
              aria-selected={name === tab}
              aria-controls="inspector-pane"
              tabIndex={name === tab ? 0 : -1}
              onClick={() => choose(name)}
            >
              {t(`inspector.${name}`)}
              {name === "events" && head > 0 && <span className="n">{head}</span>}
            </button>
          ))}
        </div>
        <span className="grow" />
        <button type="button" className="icon-btn s28" aria-label={t("app.close_inspector")} onClick={close}>
          <X className="i" aria-hidden />
        </button>
      </div>
      <div className="pane" id="inspector-pane" role="tabpanel" aria-label={t(`inspector.${tab}`)}>
        <Pane />
      </div>
    </aside>
  );
}
