import type { BreakerItem, InteractionItem, Turn } from "@millrace/protocol";
import { CirclePause } from "lucide-react";
import { useTranslation } from "react-i18next";
import { outcomeOf } from "./ask.ts";
import AskRecord from "./ask-record.tsx";
import { Meter } from "./meter.tsx";
import { useAmount } from "./use-amount.ts";

export interface BreakerCardProps {
  item: BreakerItem;
  asked: InteractionItem | null;
  turn: Turn;
}

/** The run came to a limit: which, how far it came, and whether it went on. It is answered in the docked card. */
export default function BreakerCard({ item, asked, turn }: BreakerCardProps) {
  const { t } = useTranslation();
  const { titleOf, aboutOf } = useAmount();
  return (
    <section className="card stopcard" data-testid="breaker" data-reason={item.reason}>
      <div className="card-head">
        <CirclePause className="i" aria-hidden />
        <h3>{titleOf(item)}</h3>
        <span className="of">{t("breaker.steps", { count: stepAt(turn, item) })}</span>
      </div>
      <div className="card-body">
        {aboutOf(item)}
        <Meter breaker={item} />
      </div>
      <div className="card-foot">
        {asked !== null && (
          <AskRecord item={asked} kind="breaker" outcome={outcomeOf(turn.phase.state, asked, false)} />
        )}
      </div>
    </section>
  );
}

/** The step that was over when the limit was met. */
function stepAt({ items }: Turn, { seq }: BreakerItem): number {
  const step = items.findLast((item) => item.kind === "step" && item.seq < seq);
  return step?.kind === "step" ? step.step : 0;
}
