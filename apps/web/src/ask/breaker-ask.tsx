import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp } from "../shell/app-context.ts";
import { AskButton } from "./ask-button.tsx";
import type { AskBodyProps } from "./ask-card.tsx";
import { AskField } from "./ask-field.tsx";
import { Meter } from "./meter.tsx";
import { useAmount } from "./use-amount.ts";

/** A limit is passed: may the run go on for as much again? */
export function BreakerAsk({ ask, armed, answer }: AskBodyProps<"breaker">) {
  const { t } = useTranslation();
  const { amount, aboutOf } = useAmount();
  const { breaker, raised } = ask.about;
  const { client, session } = useApp();
  const [hint, setHint] = useState<string | null>(null);
  const said = hint?.trim() ?? "";
  const goOn = raised === null ? t("ask.go_on") : t("ask.raise", { x: amount(breaker.reason, raised) });
  // The hint is stored before the answer, so that the step which follows reads it.
  const steer = () => {
    const { session_id } = session.getState();
    if (!armed || said === "" || session_id === null) return;
    client.send({ session_id, content: said, mode: "steer" }).accepted.then(
      () => answer("continue"),
      () => undefined,
    );
  };
  return (
    <>
      <div className="card-body">
        {aboutOf(breaker)}
        <Meter breaker={breaker} />
      </div>
      {hint !== null && (
        <div className="words-in">
          <AskField value={hint} label={t("ask.hint_label")} write={setHint} send={steer} focused />
        </div>
      )}
      <div className="card-acts">
        {hint === null ? (
          <>
            <AskButton
              armed={armed}
              className="btn primary"
              option="continue"
              hotkey="1"
              press={() => answer("continue")}
            >
              {goOn}
            </AskButton>
            <AskButton armed={armed} className="btn" testId="ask-hint" hotkey="2" press={() => setHint("")}>
              {t("ask.hint")}
            </AskButton>
          </>
        ) : (
          <>
            <AskButton armed={armed && said !== ""} className="btn primary" testId="ask-send" press={steer}>
              {goOn}
            </AskButton>
            <AskButton armed={armed} className="btn ghost" testId="ask-back" press={() => setHint(null)}>
              {t("ask.back")}
            </AskButton>
          </>
        )}
        <AskButton armed={armed} className="btn ghost" option="end" hotkey="3" press={() => answer("end")}>
          {t("ask.end")}
        </AskButton>
      </div>
    </>
  );
}
