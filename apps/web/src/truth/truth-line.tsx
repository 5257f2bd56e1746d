import { isOpen } from "@millrace/protocol";
import { useTranslation } from "react-i18next";
import { useConnection, useScreen, useSession, useSessions } from "../shell/app-context.ts";
import { StoppedBy, TruthActs } from "../shell/chunks.tsx";
import { clock, tokens } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { type Truth, truthOf } from "./truth.ts";
import { TruthMark } from "./truth-mark.tsx";
import { useTruthWords } from "./truth-words.ts";

/** The line under the header that says link, run, step, context and time. Always there, always this high. */
export function TruthLine() {
  const { t } = useTranslation();
  const connection = useConnection();
  const session_id = useSession((state) => state.session_id);
  const link = useSession((state) => (state.session_id === null ? null : state.link));
  const view = useSession((state) => state.view);
  const head = useSessions((state) => state.list.find((held) => held.session_id === session_id)?.head ?? null);
  const storage = useScreen((state) => state.storage);
  const truth = truthOf(connection, link, view, head, storage);
  const { title, details } = useTruthWords(truth);
  return (
    <section className="truth" data-testid="truth" data-state={truth.state} aria-label={t("truth.label")}>
      <span className="mark">
        <TruthMark truth={truth} />
      </span>
      <b>{title}</b>
      <StoppedBy key={session_id} turn={truth.state === "stopped" ? truth.turn : null} />
      {details.map((detail, index) => (
        <Detail key={detail} text={detail} first={index === 0} />
      ))}
      <span className="grow" />
      <TruthActs truth={truth} />
      <Gauge truth={truth} />
      <Elapsed truth={truth} />
    </section>
  );
}

function Detail({ text, first }: { text: string; first: boolean }) {
  return (
    <>
      {!first && <span className="sep" />}
      <span className="ell">{text}</span>
    </>
  );
}

/** Share of the context window from which compaction is near. */
const NEARLY_FULL = 0.8;

function Gauge({ truth }: { truth: Truth }) {
  const { t } = useTranslation();
  if (!("turn" in truth) || truth.turn.step === 0) return null;
  const { tokens: used, token_limit: limit } = truth.turn;
  const share = Math.min(1, used / limit);
  const numbers = { tokens: tokens(used), limit: tokens(limit) };
  return (
    <>
      <span className="gauge not-small" title={t("truth.gauge", numbers)}>
        <span className="bar" style={{ "--p": share * 100 } as React.CSSProperties} aria-hidden>
          <i />
        </span>
        <span className="sr">{t("truth.gauge", numbers)}</span>
        <span aria-hidden>
          {numbers.tokens} / {numbers.limit}
          {share >= NEARLY_FULL && isOpen(truth.turn) && `, ${t("truth.compacts_soon")}`}
        </span>
      </span>
      <span className="sep not-small" />
    </>
  );
}

function Elapsed({ truth }: { truth: Truth }) {
  const { t } = useTranslation();
  const turn = "turn" in truth ? truth.turn : null;
  const open = turn !== null && isOpen(turn);
  const now = useNow(open, 500);
  if (turn === null) return null;
  const end = "ended_at" in turn.phase ? turn.phase.ended_at : now;
  return <span title={t("truth.elapsed")}>{clock((end - turn.started_at) / 1_000)}</span>;
}
