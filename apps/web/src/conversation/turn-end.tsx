import type { Turn } from "@millrace/protocol";
import { CircleX, History, Square } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useApp } from "../shell/app-context.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { duration, tokens } from "../time/format.ts";
import { useSpoken } from "../time/use-spoken.ts";

/** How a run ended: a footer, a notice or a card. Nothing while it is open. */
export function TurnEnd({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const spoken = useSpoken();
  const { phase } = turn;
  switch (phase.state) {
    case "running":
    case "stopping":
      return null;
    case "done":
      return (
        <>
          {phase.reason === "length" && <p className="end-note">{t("chat.length")}</p>}
          {phase.reason === "content_filter" && <p className="end-note">{t("chat.filtered")}</p>}
          <Footer turn={turn} endedAt={phase.ended_at} total={phase.usage.total_tokens} cost={phase.cost} />
        </>
      );
    case "cancelled":
      return (
        <>
          <div className="work">
            <div className="note">
              <span className="race">
                <Square className="i s14" aria-hidden />
              </span>
              <span>
                <b>{t("chat.stopped", { s: spoken((phase.ended_at - turn.started_at) / 1_000) })}</b> {t("chat.kept")}
              </span>
            </div>
          </div>
          <Footer turn={turn} endedAt={phase.ended_at} total={phase.usage.total_tokens} cost={null} />
        </>
      );
    case "error":
      return <ErrorCard turn={turn} reason={phase.reason} message={phase.message} />;
  }
}

function Footer(props: { turn: Turn; endedAt: number; total: number; cost: number | null }) {
  const { turn, endedAt, total, cost } = props;
  const { t } = useTranslation();
  const answer = answerOf(turn);
  const parts = [
    turn.model,
    total > 0 ? t("chat.total_tokens", { n: tokens(total) }) : null,
    cost === null ? null : `$${cost.toFixed(3)}`,
    duration((endedAt - turn.started_at) / 1_000),
  ].filter((part) => part !== null);
  return (
    <div className="done">
      {answer !== "" && <CopyButton text={answer} label={t("chat.copy")} />}
      <span className="sum">{parts.join(" · ")}</span>
    </div>
  );
}

const KNOWN = ["max_steps_reached", "model_error", "circuit_breaker", "interrupted"] as const;

/** What happened, what is safe, and the same message once more. */
function ErrorCard({ turn, reason, message }: { turn: Turn; reason: string; message: string }) {
  const { t } = useTranslation();
  const { client, session } = useApp();
  const known = KNOWN.find((name) => name === reason) ?? "other";
  const limit = known === "max_steps_reached" || known === "circuit_breaker";
  const said = turn.items.findLast((item) => item.kind === "message");
  const again = () => {
    const { session_id } = session.getState();
    if (said?.kind !== "message" || session_id === null) return;
    const { content, options } = said.message;
    client.send({ content, session_id, ...(options === null ? {} : { options }) }).accepted.catch(() => undefined);
  };
  return (
    <section className={limit ? "card" : "card fail"}>
      <div className="card-head">
        {limit ? <History className="i" aria-hidden /> : <CircleX className="i" aria-hidden />}
        <h3>{t(`error.${known}`, { n: turn.step })}</h3>
      </div>
      <div className="card-body">
        {message} {t("error.kept")}
      </div>
      {said !== undefined && (
        <div className="card-acts">
          <button type="button" className="btn" onClick={again}>
            {t("error.again")}
          </button>
        </div>
      )}
    </section>
  );
}

/** Everything a run said, as Markdown. */
function answerOf(turn: Turn): string {
  return turn.items.flatMap((item) => (item.kind === "text" ? [item.content.trim()] : [])).join("\n\n");
}
