import type { Turn } from "@millrace/protocol";
import { Pencil, RefreshCw, Square } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../shell/copy-button.tsx";
import { duration, tokens } from "../time/format.ts";
import { useSpoken } from "../time/use-spoken.ts";
import { BranchSwitch } from "./branch-switch.tsx";
import { Continue } from "./continue.tsx";
import { ErrorCard } from "./error-card.tsx";
import { TurnButton } from "./turn-button.tsx";
import { TurnMenu } from "./turn-menu.tsx";
import { type Branching, messagesOf } from "./use-branching.ts";

interface EndProps {
  turn: Turn;
  branching: Branching;
  /** Opens the message that began the run, to be said in another way. */
  edit(): void;
}

/** How a run ended: a footer, a notice or a card. Nothing while it is open. */
export function TurnEnd(props: EndProps) {
  const { t } = useTranslation();
  const { turn, branching } = props;
  const { phase } = turn;
  switch (phase.state) {
    case "running":
    case "stopping":
      return null;
    case "done":
      return (
        <>
          {phase.reason === "length" && (
            <p className="end-note">
              {t("turn.length")} <Continue branching={branching} label={t("turn.continue")} small />
            </p>
          )}
          {phase.reason === "content_filter" && <p className="end-note">{t("turn.filtered")}</p>}
          <Footer {...props} endedAt={phase.ended_at} total={phase.usage.total_tokens} cost={phase.cost} />
        </>
      );
    case "cancelled":
      return (
        <>
          <Stopped turn={turn} endedAt={phase.ended_at} />
          <Footer {...props} endedAt={phase.ended_at} total={phase.usage.total_tokens} cost={null} />
        </>
      );
    case "error":
      return (
        <>
          <ErrorCard turn={turn} branching={branching} phase={phase} />
          <Footer {...props} endedAt={phase.ended_at} total={turn.usage.total_tokens} cost={null} />
        </>
      );
  }
}

function Stopped({ turn, endedAt }: { turn: Turn; endedAt: number }) {
  const { t } = useTranslation();
  const spoken = useSpoken();
  return (
    <div className="work">
      <div className="note">
        <span className="race">
          <Square className="i s14" aria-hidden />
        </span>
        <span>
          <b>{t("turn.stopped", { s: spoken((endedAt - turn.started_at) / 1_000) })}</b> {t("turn.kept")}
        </span>
      </div>
    </div>
  );
}

function Footer(props: EndProps & { endedAt: number; total: number; cost: number | null }) {
  const { turn, branching, edit, endedAt, total, cost } = props;
  const { t } = useTranslation();
  const answer = answerOf(turn);
  const parts = [
    turn.model,
    total > 0 ? t("turn.total_tokens", { n: tokens(total) }) : null,
    cost === null ? null : `$${cost.toFixed(3)}`,
    duration((endedAt - turn.started_at) / 1_000),
  ].filter((part) => part !== null);
  return (
    <div className="done" data-testid="turn-footer">
      {answer !== "" && <CopyButton text={answer} label={t("turn.copy_answer")} />}
      {messagesOf(turn).length > 0 && (
        <>
          <TurnButton icon={RefreshCw} label={t("turn.regenerate")} testId="regenerate" press={branching.regenerate} />
          <TurnButton icon={Pencil} label={t("turn.edit")} testId="edit" press={edit} />
        </>
      )}
      {turn.branch !== null && <BranchSwitch branch={turn.branch} select={branching.select} />}
      <TurnMenu run_id={turn.run_id} answer={answer} />
      <span className="sum">{parts.join(" · ")}</span>
    </div>
  );
}

/** Everything a run said, as Markdown. */
function answerOf(turn: Turn): string {
  return turn.items.flatMap((item) => (item.kind === "text" ? [item.content.trim()] : [])).join("\n\n");
}
