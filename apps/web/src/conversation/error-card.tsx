import type { RunPhase, Turn } from "@millrace/protocol";
import { CircleX, History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { useApp } from "../shell/app-context.ts";
import { Continue } from "./continue.tsx";
import { errorWords } from "./error-words.ts";
import { type Branching, messagesOf } from "./use-branching.ts";

interface Props {
  turn: Turn;
  branching: Branching;
  phase: Extract<RunPhase, { state: "error" }>;
}

/** What happened, what is safe, and what can be done. */
export function ErrorCard({ turn, branching, phase }: Props) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const { happened, remedy, said } = errorWords(phase);
  const limit = happened === "max_steps_reached" || happened === "circuit_breaker";
  const last = messagesOf(turn).at(-1);
  const again = last !== undefined && happened !== "max_steps_reached";
  return (
    <section className={limit ? "card" : "card fail"} data-testid="error-card" data-code={phase.code}>
      <div className="card-head">
        {limit ? <History className="i" aria-hidden /> : <CircleX className="i" aria-hidden />}
        <h3>{t(`error.happened.${happened}`, { n: turn.step })}</h3>
      </div>
      <div className="card-body">
        {said !== null && (
          <p dir="auto" lang={languageOf(said)}>
            {said}
          </p>
        )}
        {remedy !== null && <p>{t(`error.remedy.${remedy}`)}</p>}
        <p>{t("error.kept")}</p>
      </div>
      <div className="card-acts">
        {remedy === "settings" && (
          <button
            type="button"
            className="btn primary"
            data-testid="error-settings"
            onClick={() => screen.setState({ overlay: { kind: "settings", section: "models" } })}
          >
            {t("error.settings")}
          </button>
        )}
        {last !== undefined && happened === "max_steps_reached" && (
          <Continue branching={branching} label={t("turn.continue_steps", { n: turn.max_steps })} />
        )}
        {again && (
          <button type="button" className="btn" onClick={() => branching.again(last)}>
            {t("error.again")}
          </button>
        )}
      </div>
    </section>
  );
}
