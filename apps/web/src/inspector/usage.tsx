import { allTurns, type CompactItem, type StepItem, type Usage as Tokens, type Turn } from "@millrace/protocol";
import { type CSSProperties, type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../shell/app-context.ts";
import { duration, tokens } from "../time/format.ts";
import { ContextGauge } from "./context-gauge.tsx";
import { RunBar } from "./run-bar.tsx";
import { compactsOf, contextOf, figuresOf, type Figures as Sums } from "./usage-figures.ts";
import { useInspectedTurn } from "./use-inspected-turn.ts";

/** What a run or the session took: tokens, cost and time, how full the context was, and the tokens of each step. */
export function Usage() {
  const { t } = useTranslation();
  const inspected = useInspectedTurn();
  const view = useSession((state) => state.view);
  const { turns } = view;
  const partial = useSession((state) => state.partial === true);
  const [chosen, setChosen] = useState(false);
  const whole = chosen && !partial;
  const points = useMemo(() => contextOf(turns), [turns]);
  // What branches that are not shown used was used all the same.
  const all = whole ? allTurns(view) : turns;
  if (inspected === null) return <p className="pane-empty">{t("inspector.nothing")}</p>;
  const { turn, number } = inspected;
  const counted = whole ? all : [turn];
  const compacts = counted.flatMap(compactsOf);
  return (
    <>
      <RunBar turn={turn} number={number} about={turn.model}>
        <div className="seg" data-testid="usage-of">
          <button type="button" aria-pressed={!whole} onClick={() => setChosen(false)}>
            {t("inspector.this_run")}
          </button>
          <button type="button" aria-pressed={whole} disabled={partial} onClick={() => setChosen(true)}>
            {t("inspector.session")}
          </button>
        </div>
      </RunBar>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="us" tabIndex={0} aria-label={t("inspector.usage")}>
        <Figures sums={figuresOf(counted)} />
        <h3>{t("inspector.context")}</h3>
        <div className="ctx-box">
          <ContextGauge points={points} />
        </div>
        {compacts.length > 0 && <Compactions compacts={compacts} />}
        <h3>{t(whole ? "inspector.by_run" : "inspector.by_step")}</h3>
        {whole ? <Runs turns={all} /> : <Steps turn={turn} />}
      </section>
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

function Figures({ sums: { usage, inside, summaries, cost, seconds, waited } }: { sums: Sums }) {
  const { t } = useTranslation();
  const { cached_tokens, reasoning_tokens, total_tokens } = usage;
  const parts = [
    cached_tokens === undefined ? null : t("inspector.cached", { n: tokens(cached_tokens) }),
    reasoning_tokens === undefined ? null : t("inspector.reasoning", { n: tokens(reasoning_tokens) }),
    inside === 0 ? null : t("inspector.inside", { n: tokens(inside), p: Math.round((inside / total_tokens) * 100) }),
    summaries === 0 ? null : t("inspector.summaries", { n: tokens(summaries) }),
  ].filter((part) => part !== null);
  return (
    <dl className="figs" data-testid="usage-figures">
      <div className="fig">
        <dt>{t("inspector.tokens")}</dt>
        <dd>
          {tokens(total_tokens)}
          {parts.map((part) => (
            <small key={part}>{part}</small>
          ))}
        </dd>
      </div>
      {cost !== null && (
        <div className="fig">
          <dt>{t("inspector.cost")}</dt>
          <dd>${cost.toFixed(3)}</dd>
        </div>
      )}
      {seconds > 0 && (
        <div className="fig">
          <dt>{t("inspector.time")}</dt>
          <dd>
            {duration(seconds)}
            {waited >= 0.5 && (
              <small>
                {t("inspector.waited_for_you", { s: waited < 59.5 ? `${Math.round(waited)} s` : duration(waited) })}
              </small>
            )}
          </dd>
        </div>
      )}
    </dl>
  );
}

function Compactions({ compacts }: { compacts: readonly CompactItem[] }) {
  const { t } = useTranslation();
  return (
    <>
      <h3>{t("inspector.compactions")}</h3>
      <ul className="compacts" data-testid="compactions">
        {compacts.map(({ seq, original_messages: a, compacted_messages: b, estimated_tokens_saved, usage }) => (
          <li key={seq}>
            <span>{t("inspector.compaction", { a, b })}</span>
            <span className="num">
              {`−${tokens(Math.max(0, estimated_tokens_saved))}`}
              {usage !== null && <small>{t("inspector.compaction_took", { n: tokens(usage.total_tokens) })}</small>}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

const HEADS = ["input", "cached", "output", "reasoning"] as const;

function Table({ first, children }: { first: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <table className="ut">
      <thead>
        <tr>
          <th scope="col">{first}</th>
          {HEADS.map((head) => (
            <th key={head} scope="col">
              {t(`inspector.th_${head}`)}
            </th>
          ))}
          <td />
        </tr>
      </thead>
      {children}
    </table>
  );
}

function Steps({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const steps = turn.items.filter((item): item is StepItem => item.kind === "step");
  const largest = Math.max(1, ...steps.map(({ output }) => output?.usage?.total_tokens ?? 0));
  return (
    <Table first={t("inspector.th_step")}>
      <tbody>
        {steps.map((step) => (
          <Line key={step.seq} name={String(step.step)} usage={step.output?.usage ?? null} largest={largest} />
        ))}
      </tbody>
      <tfoot>
        <Line name={t("inspector.total")} usage={turn.usage} largest={null} />
      </tfoot>
    </Table>
  );
}

function Runs({ turns }: { turns: readonly Turn[] }) {
  const { t } = useTranslation();
  const largest = Math.max(1, ...turns.map(({ usage }) => usage.total_tokens));
  return (
    <Table first={t("inspector.th_run")}>
      <tbody>
        {turns.map((turn, index) => (
          <Line key={turn.run_id} name={String(index + 1)} usage={turn.usage} largest={largest} />
        ))}
      </tbody>
      <tfoot>
        <Line name={t("inspector.session")} usage={figuresOf(turns).usage} largest={null} />
      </tfoot>
    </Table>
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
