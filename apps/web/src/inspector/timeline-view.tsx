import { isOpen, type Turn } from "@millrace/protocol";
import { LocateFixed } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp } from "../shell/app-context.ts";
import { timeOfDay } from "../time/format.ts";
import { Axis } from "./axis.tsx";
import { CallDetail } from "./call-detail.tsx";
import { Overview } from "./overview.tsx";
import { RunBar } from "./run-bar.tsx";
import { bandsOf, MANY_ROWS } from "./timeline.ts";
import { TimelineBand } from "./timeline-band.tsx";
import { presentOf, rangeOf, type Shown, useAxis } from "./use-axis.ts";
import { useInspectedTurn } from "./use-inspected-turn.ts";
import { type Movable, useMoves } from "./use-moves.ts";
import { useStableScale } from "./use-stable-scale.ts";
import { windowOf } from "./window.ts";

/** A run on a time axis: one row per block and per call, by step. */
export function Timeline() {
  const { t } = useTranslation();
  const inspected = useInspectedTurn();
  if (inspected === null) return <p className="pane-empty">{t("inspector.nothing")}</p>;
  return <TurnTimeline key={inspected.turn.run_id} {...inspected} />;
}

function TurnTimeline({ turn, number }: { turn: Turn; number: number | null }) {
  const { t } = useTranslation();
  const { session } = useApp();
  const [shown, show] = useState<Shown>("follow");
  /** Known at once: several fingers move within one frame. */
  const latest = useRef(shown);
  const setShown = (next: Shown) => {
    latest.current = next;
    show(next);
  };
  const pane = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const bands = useMemo(() => bandsOf(turn), [turn]);
  const base = turn.started_at;
  const scale = useStableScale(bands, base);
  const open = isOpen(turn);
  const present = () => scale.at(presentOf(turn, session.now()));
  const end = () => windowOf(present(), open, false).to;
  const movable: Movable = {
    range: () => rangeOf(latest.current, present(), open),
    end,
    // All of it is no part: then it is shown as it grows.
    move: (range) => setShown(range.from <= 0 && range.to >= end() ? "fit" : range),
  };
  useAxis(pane, turn, scale, shown);
  useMoves(rows, movable);
  const chosen = typeof shown === "object" ? shown : null;
  const many = bands.reduce((sum, band) => sum + band.rows.length, 0) > MANY_ROWS;
  const started = timeOfDay(base, true);
  const about =
    "ended_at" in turn.phase
      ? `${started} – ${timeOfDay(turn.phase.ended_at, true)}`
      : t("inspector.since", { time: started });
  return (
    <div className="pane" ref={pane} data-testid="timeline" data-shown={chosen === null ? shown : "part"}>
      <RunBar turn={turn} number={number} about={about}>
        <div className="seg">
          {open && (
            <button type="button" aria-pressed={shown === "follow"} onClick={() => setShown("follow")}>
              <LocateFixed className="i s12" aria-hidden />
              {t("inspector.follow")}
            </button>
          )}
          <button type="button" aria-pressed={open ? shown === "fit" : chosen === null} onClick={() => setShown("fit")}>
            {t("inspector.fit")}
          </button>
        </div>
      </RunBar>
      <Overview
        bands={bands}
        base={base}
        scale={scale}
        movable={movable}
        chosen={chosen}
        reset={() => setShown("fit")}
      />
      <div className="tl" ref={rows}>
        <div className="tl-in">
          <Axis turn={turn} scale={scale} shown={shown} />
          {bands.map((band, index) => (
            <TimelineBand
              key={band.step}
              band={band}
              run_id={turn.run_id}
              base={base}
              open={open}
              scale={scale}
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
