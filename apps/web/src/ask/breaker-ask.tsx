import { useTranslation } from "react-i18next";
import { AskButton } from "./ask-button.tsx";
import type { AskBodyProps } from "./ask-card.tsx";
import { Meter } from "./meter.tsx";
import { useAmount } from "./use-amount.ts";

/** A limit is passed: may the run go on for as much again? */
export function BreakerAsk({ ask, armed, answer }: AskBodyProps<"breaker">) {
  const { t } = useTranslation();
  const { amount, aboutOf } = useAmount();
  const { breaker, raised } = ask.about;
  const goOn = raised === null ? t("ask.go_on") : t("ask.raise", { x: amount(breaker.reason, raised) });
  return (
    <>
      <div className="card-body">
        {aboutOf(breaker)}
        <Meter breaker={breaker} />
      </div>
      <div className="card-acts">
        <AskButton armed={armed} className="btn primary" option="continue" hotkey="1" press={() => answer("continue")}>
          {goOn}
        </AskButton>
        <AskButton armed={armed} className="btn ghost" option="end" hotkey="2" press={() => answer("end")}>
          {t("ask.end")}
        </AskButton>
      </div>
    </>
  );
}
