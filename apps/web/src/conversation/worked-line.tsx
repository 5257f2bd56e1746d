import { ChevronRight, Layers } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSpoken } from "../time/use-spoken.ts";
import type { Worked } from "./worked.ts";

interface WorkedLineProps {
  worked: Worked;
  opened: boolean;
  toggle(): void;
}

/** The work of a run that was not watched, in one line that opens it. */
export function WorkedLine({ worked, opened, toggle }: WorkedLineProps) {
  const { t } = useTranslation();
  const spoken = useSpoken();
  const { steps, calls, failed } = worked;
  const counts = [t("truth.steps", { count: steps }), t("truth.calls", { count: calls })].join(" · ");
  return (
    <div className="work">
      <button type="button" className="note" data-testid="worked" aria-expanded={opened} onClick={toggle}>
        <span className="race">
          <Layers className="i" aria-hidden />
        </span>
        <span>
          <b>{t("turn.worked", { s: spoken(worked.seconds) })}</b> · {counts}
          {failed > 0 && t("turn.worked_failed", { n: failed })}
        </span>
        <ChevronRight className="i s14 chev" aria-hidden />
      </button>
    </div>
  );
}
