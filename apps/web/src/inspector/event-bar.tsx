import { Download, Pause, Play, Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp, useSession } from "../shell/app-context.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { FAMILIES, type Family } from "./event-families.ts";
import { type EventFilter, type EventList, type Listed, linesOf } from "./event-list.ts";

interface Props {
  list: EventList;
  listed: Listed;
  filter: EventFilter;
  setFilter(filter: EventFilter): void;
}

/** What is listed, and what is done with all of it. */
export function EventBar({ list, listed, filter, setFilter }: Props) {
  const { t } = useTranslation();
  const { families, text } = filter;
  const toggle = (family: Family) => {
    const next = new Set(families);
    if (!next.delete(family)) next.add(family);
    setFilter({ families: next.size === FAMILIES.length ? new Set() : next, text });
  };
  const Icon = listed.paused ? Play : Pause;
  return (
    <>
      <div className="pane-bar ev-bar">
        <label className="ev-find">
          <Search className="i s14" aria-hidden />
          <span className="sr">{t("inspector.filter")}</span>
          <input
            type="search"
            data-testid="events-filter"
            placeholder={t("inspector.filter")}
            value={text}
            onChange={(event) => setFilter({ families, text: event.target.value })}
          />
        </label>
        <button
          type="button"
          className="icon-btn s28"
          data-testid="events-pause"
          aria-pressed={listed.paused}
          aria-label={t("inspector.pause")}
          onClick={() => list.pause(!listed.paused)}
        >
          <Icon className="i s14" aria-hidden />
        </button>
        <CopyButton text={() => linesOf(list.get().shown)} label={t("inspector.copy_all")} />
        <DownloadLog />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend that is seen */}
      <div className="ev-chips" role="group" aria-label={t("inspector.families")}>
        {FAMILIES.map((family) => (
          <button
            key={family}
            type="button"
            className="ev-chip"
            data-family={family}
            aria-pressed={families.size === 0 || families.has(family)}
            onClick={() => (families.size === 0 ? setFilter({ families: new Set([family]), text }) : toggle(family))}
          >
            {t(`inspector.family_${family}`)} <span className="n">{listed.counts[family]}</span>
          </button>
        ))}
      </div>
    </>
  );
}

/** The whole log as a file: from the gateway, or, where the log came from a file, from here. */
function DownloadLog() {
  const { t } = useTranslation();
  const { replays } = useApp();
  const session_id = useSession((state) => state.session_id);
  const scene = useStore(replays, (state) => state.scene);
  const icon = <Download className="i s14" aria-hidden />;
  if (scene?.kind !== "file") {
    return (
      <a
        className="icon-btn s28"
        data-testid="events-download"
        href={`/api/v1/sessions/${encodeURIComponent(session_id ?? "")}/export?format=jsonl`}
        download
        aria-label={t("inspector.download")}
      >
        {icon}
      </a>
    );
  }
  const save = () => {
    const address = URL.createObjectURL(new Blob([linesOf(scene.log.events)], { type: "application/x-ndjson" }));
    const link = Object.assign(document.createElement("a"), { href: address, download: scene.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  return (
    <button
      type="button"
      className="icon-btn s28"
      data-testid="events-download"
      aria-label={t("inspector.download")}
      onClick={save}
    >
      {icon}
    </button>
  );
}
