import { Pause, Play, RotateCcw, StepBack, StepForward } from "lucide-react";
import { type CSSProperties, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp, useScreen } from "../shell/app-context.ts";
import { COARSE } from "../shell/use-media.ts";
import { clock } from "../time/format.ts";
import { SPEEDS, type Speed } from "./player.ts";
import type { Scene } from "./scene.ts";

/** In the message box's place: what a replay is moved by, and the way out of it. */
export default function ReplayDock() {
  const { replays } = useApp();
  const scene = useStore(replays, (state) => state.scene);
  return scene === null ? null : <Dock key={scene.name} scene={scene} />;
}

function Dock({ scene }: { scene: Scene }) {
  const { t } = useTranslation();
  const { replays } = useApp();
  const { player, log } = scene;
  const playing = useStore(player, (state) => state.playing);
  const atEnd = useStore(player, (state) => state.position >= player.length);
  const button = useRef<HTMLButtonElement>(null);
  useEscape(replays.leave);
  useEffect(() => {
    button.current?.focus({ preventScroll: true });
    return () => {
      const held = document.activeElement;
      if ((held === null || held === document.body) && !matchMedia(COARSE).matches) focusComposer();
    };
  }, []);
  const jump = (to: number | null) => {
    player.pause();
    if (to !== null) player.seek(to);
  };
  const word = playing ? "pause" : atEnd ? "restart" : "play";
  const Icon = { pause: Pause, restart: RotateCcw, play: Play }[word];
  return (
    <section
      className="composer replay"
      id="composer"
      tabIndex={-1}
      data-testid="replay"
      aria-label={t("replay.controls")}
    >
      <p className="replay-say">
        <span>{t(scene.kind === "run" ? "replay.nothing_sent" : "replay.nothing_sent_file")}</span>
        <button type="button" className="btn small" data-testid="replay-leave" onClick={replays.leave}>
          {t("replay.leave")}
        </button>
      </p>
      <Scrubber scene={scene} />
      <div className="cbar">
        <button
          type="button"
          ref={button}
          className="send"
          data-testid="replay-play"
          data-state={word}
          aria-label={t(`replay.${word}`)}
          onClick={playing ? player.pause : player.play}
        >
          <Icon className="i" aria-hidden />
        </button>
        <button
          type="button"
          className="icon-btn"
          data-testid="replay-previous"
          aria-label={t("replay.previous")}
          onClick={() => jump(log.previous(player.getState().position))}
        >
          <StepBack className="i" aria-hidden />
        </button>
        <button
          type="button"
          className="icon-btn"
          data-testid="replay-next"
          aria-label={t("replay.next")}
          onClick={() => jump(log.next(player.getState().position))}
        >
          <StepForward className="i" aria-hidden />
        </button>
        <Times scene={scene} />
        <span className="grow" />
        <SpeedChoice scene={scene} />
      </div>
    </section>
  );
}

/** The whole playback as one line, with its steps, and a gap where a wait is cut. */
function Scrubber({ scene }: { scene: Scene }) {
  const { t } = useTranslation();
  const { player, log } = scene;
  const position = useStore(player, (state) => state.position);
  const share = (at: number) => ({ "--p": player.length === 0 ? 0 : at / player.length }) as CSSProperties;
  const { cuts } = log.timing;
  const step = player.length > 600_000 ? 1_000 : 100;
  // The end is a step too.
  const last = Math.max(1, Math.ceil(player.length / step)) * step;
  return (
    <div className="scrub" style={share(position)}>
      <span className="scrub-line" aria-hidden>
        {log.steps.slice(0, MARKS).map((at) => (
          <i key={at} className="step" style={share(at)} />
        ))}
        {cuts.slice(0, MARKS).map(({ at }) => (
          <i key={at} className="skip" style={share(at)} />
        ))}
      </span>
      <input
        type="range"
        data-testid="replay-position"
        min={0}
        max={last}
        step={step}
        value={position >= player.length ? last : Math.round(position)}
        aria-label={t("replay.position")}
        aria-valuetext={t("replay.position_value", { at: time(position), length: time(player.length) })}
        onChange={(event) => player.seek(Math.min(player.length, Number(event.target.value)))}
      />
    </div>
  );
}

/** Marks that a line has room for. */
const MARKS = 200;

function Times({ scene: { player, log } }: { scene: Scene }) {
  const { t } = useTranslation();
  const at = useStore(player, (state) => Math.floor(state.position / 1_000));
  const cut = log.timing.cuts.length > 0;
  return (
    <span className="replay-time num" data-testid="replay-time" title={cut ? t("replay.cut") : undefined}>
      {`${clock(at)} / ${time(player.length)}`}
    </span>
  );
}

const time = (ms: number) => clock(ms / 1_000);

function SpeedChoice({ scene: { player } }: { scene: Scene }) {
  const { t } = useTranslation();
  const speed = useStore(player, (state) => state.speed);
  return (
    <label className="replay-speed">
      <span className="sr">{t("replay.speed")}</span>
      <select
        data-testid="replay-speed"
        value={speed}
        onChange={(event) => player.setSpeed(Number(event.target.value) as Speed)}
      >
        {SPEEDS.map((one) => (
          <option key={one} value={one}>{`${one}×`}</option>
        ))}
      </select>
    </label>
  );
}

/** Escape leaves, where nothing lies above; it must not reach what stops a run. */
function useEscape(leave: () => void): void {
  const sheet = useScreen((state) => state.sheet);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || sheet !== null) return;
      if (document.querySelector("dialog[open], [role=menu]") !== null) return;
      event.preventDefault();
      event.stopPropagation();
      leave();
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => window.removeEventListener("keydown", onKeyDown, true);
  }, [leave, sheet]);
}

/** After this has gone and the message box is back. */
function focusComposer(): void {
  requestAnimationFrame(() => document.getElementById("composer")?.focus());
}
