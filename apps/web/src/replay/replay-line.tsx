import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp, useSession } from "../shell/app-context.ts";
import { clock, tokens } from "../time/format.ts";
import type { Scene } from "./scene.ts";

/** In the truth line's place: nothing here is live. */
export default function ReplayLine() {
  const { replays } = useApp();
  const scene = useStore(replays, (state) => state.scene);
  return scene === null ? null : <Line scene={scene} />;
}

function Line({ scene }: { scene: Scene }) {
  const { t } = useTranslation();
  const turn = useSession((state) => state.view.turns.at(-1));
  const now = useStore(scene.player, (state) => Math.floor(scene.log.timing.logTime(state.position) / 1_000));
  const end = turn !== undefined && "ended_at" in turn.phase ? turn.phase.ended_at / 1_000 : now;
  return (
    <section className="truth" data-testid="truth" data-state="replay" aria-label={t("truth.label")}>
      <span className="mark">
        <History className="i s14" aria-hidden />
      </span>
      <b>{t("replay.title")}</b>
      <span className="ell">{scene.kind === "run" ? t("replay.run", { n: scene.name }) : scene.name}</span>
      {turn !== undefined && turn.step > 0 && (
        <>
          <span className="sep not-small" />
          <span className="not-small">{t("replay.step", { n: turn.step, max: turn.max_steps })}</span>
        </>
      )}
      <span className="grow" />
      {turn !== undefined && turn.step > 0 && (
        <>
          <span className="not-small">{`${tokens(turn.tokens)} / ${tokens(turn.token_limit)}`}</span>
          <span className="sep not-small" />
        </>
      )}
      {turn !== undefined && (
        <span title={t("truth.elapsed")}>{clock(Math.max(0, end - turn.started_at / 1_000))}</span>
      )}
    </section>
  );
}
