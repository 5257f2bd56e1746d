import { isOpen, type Turn } from "@millrace/protocol";
import { LocateFixed } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { timeOfDay } from "../time/format.ts";
import { Axis } from "./axis.tsx";
import { CallDetail } from "./call-detail.tsx";
import { Overview } from "./overview.tsx";
import { bandsOf, MANY_ROWS } from "./timeline.ts";
import { TimelineBand } from "./timeline-band.tsx";
import { useAxis } from "./use-axis.ts";
import { useInspectedTurn } from "./use-inspected-turn.ts";

/** A run on a time axis: one row per block and per call, by step. */
export function Timeline() {
  const { t } = useTranslation();
  const inspected = useInspectedTurn();
  if (inspected === null) return <p className="pane-empty">{t("inspector.nothing")}</p>;
  return <TurnTimeline key={inspected.turn.run_id} {...inspected} />;
}

function TurnTimeline({ turn, number }: { turn: Turn; number: number }) {
  const { t } = useTranslation();
  const [follow, setFollow] = useState(true);
  const pane = useRef<HTMLDivElement>(null);
  const bands = useMemo(() => bandsOf(turn), [turn]);
  const open = isOpen(turn);
  useAxis(pane, turn, follow);
  const many = bands.reduce((sum, band) => sum + band.rows.length, 0) > MANY_ROWS;
  const times = "ended_at" in turn.phase ? ` – ${timeOfDay(turn.phase.ended_at, true)}` : null;
  return (
    <div className="pane" ref={pane}>
      <div className="pane-bar">
        <b>{t("inspector.run", { n: number })}</b>
        {times === null
          ? t("inspector.since", { time: timeOfDay(turn.started_at, true) })
          : timeOfDay(turn.started_at, true) + times}
        <span className="grow" />
        {open && (
          <div className="seg">
            <button type="button" aria-pressed={follow} onClick={() => setFollow(true)}>
              <LocateFixed className="i s12" aria-hidden />
              {t("inspector.follow")}
            </button>
            <button type="button" aria-pressed={!follow} onClick={() => setFollow(false)}>
              {t("inspector.fit")}
            </button>
          </div>
        )}
      </div>
      <Overview bands={bands} base={turn.started_at} />
      <div className="tl">
        <div className="tl-in">
          <Axis turn={turn} follow={follow} />
          {bands.map((band, index) => (
            <TimelineBand
              key={band.step}
              band={band}
              base={turn.started_at}
              open={open}
              foldable={many && index < bands.length - 1}
            />
          ))}
        </div>
      </div>
      <Legend />
      <CallDetail turn={turn} />
    </div>
  );
}

function Legend() {
  const { t } = useTranslation();
  const marks = [
    ["think", "thinking"],
    ["text", "text"],
    ["completed", "tool"],
    ["running", "running"],
    ["asks", "waiting"],
    ["failed", "failed"],
  ] as const;
  return (
    <div className="legend" aria-hidden>
      {marks.map(([kind, word]) => (
        <span key={kind}>
          <i className={`b ${kind}`} />
          {t(`inspector.${word}`)}
        </span>
      ))}
    </div>
  );
}
