import type { StepItem, Usage as Tokens, Turn } from "@millrace/protocol";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { duration, tokens } from "../time/format.ts";
import { useInspectedTurn } from "./use-inspected-turn.ts";

/** What a run cost: tokens and time, and tokens by step. */
export function Usage() {
  const { t } = useTranslation();
  const inspected = useInspectedTurn();
  if (inspected === null) return <p className="pane-empty">{t("inspector.nothing")}</p>;
  const { turn, number } = inspected;
  const steps = turn.items.filter((item) => item.kind === "step");
  return (
    <>
      <div className="pane-bar">
        <b>{t("inspector.run", { n: number })}</b>
        {turn.model}
      </div>
      <div className="us">
        <Figures turn={turn} />
        <h3>{t("inspector.by_step")}</h3>
        <Table steps={steps} total={turn.usage} />
      </div>
      <div className="legend" aria-hidden>
        {(["cached", "fresh", "output"] as const).map((kind) => (
          <span key={kind}>
            <i className={`b ${kind === "output" ? "out" : kind}`} />
            {t(`inspector.legend_${kind}`)}
          </span>
        ))}
      </div>
    </>
  );
}

function Figures({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const { usage, phase } = turn;
  const cost = phase.state === "done" ? phase.cost : null;
  return (
    <dl className="figs">
      <div className="fig">
        <dt>{t("inspector.tokens")}</dt>
        <dd>
          {tokens(usage.total_tokens)}
          {usage.cached_tokens !== undefined && (
            <small>{t("inspector.cached", { n: tokens(usage.cached_tokens) })}</small>
          )}
        </dd>
      </div>
      {cost !== null && (
        <div className="fig">
          <dt>{t("inspector.cost")}</dt>
          <dd>${cost.toFixed(3)}</dd>
        </div>
      )}
      {"ended_at" in phase && (
        <div className="fig">
          <dt>{t("inspector.time")}</dt>
          <dd>{duration((phase.ended_at - turn.started_at) / 1_000)}</dd>
        </div>
      )}
    </dl>
  );
}

const HEADS = ["th_step", "th_input", "th_cached", "th_output", "th_reasoning"] as const;

function Table({ steps, total }: { steps: readonly StepItem[]; total: Tokens }) {
  const { t } = useTranslation();
  const largest = Math.max(1, ...steps.map(({ output }) => output?.usage?.total_tokens ?? 0));
  return (
    <table className="ut">
      <thead>
        <tr>
          {HEADS.map((head) => (
            <th key={head} scope="col">
              {t(`inspector.${head}`)}
            </th>
          ))}
          <td />
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <Line key={step.step} name={String(step.step)} usage={step.output?.usage ?? null} largest={largest} />
        ))}
      </tbody>
      <tfoot>
        <Line name={t("inspector.total")} usage={total} largest={null} />
      </tfoot>
    </table>
  );
}

function Line({ name, usage, largest }: { name: string; usage: Tokens | null; largest: number | null }) {
  const number = (count: number | undefined) =>
    usage === null || count === undefined ? "–" : count.toLocaleString("en");
  const share = (count: number) => ({ "--w": largest === null ? 0 : (count / largest) * 100 }) as CSSProperties;
  const cached = usage?.cached_tokens ?? 0;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{number(usage?.input_tokens)}</td>
      <td>{number(usage?.cached_tokens)}</td>
      <td>{number(usage?.output_tokens)}</td>
      <td>{number(usage?.reasoning_tokens)}</td>
      <td>
        {usage !== null && largest !== null && (
          <span className="stack" aria-hidden>
            <i className="cached" style={share(cached)} />
            <i className="fresh" style={share(Math.max(0, usage.input_tokens - cached))} />
            <i className="out" style={share(usage.output_tokens)} />
          </span>
        )}
      </td>
    </tr>
  );
}
