import { useTranslation } from "react-i18next";
import { tokens } from "../time/format.ts";
import type { ContextPoint } from "./usage-figures.ts";

const WIDTH = 340;
const HEIGHT = 96;
const TOP = 14;
const LOW = 84;

/** How full the context was at each step of the session, and where it was compacted. */
export function ContextGauge({ points }: { points: readonly ContextPoint[] }) {
  const { t } = useTranslation();
  const steps = points.filter((point) => point.kind === "step");
  const last = steps.at(-1);
  if (last === undefined) return null;
  const limit = Math.max(...steps.map((step) => step.limit));
  const width = WIDTH / steps.length;
  const y = (count: number) => LOW - Math.min(1, count / Math.max(1, limit)) * (LOW - TOP);
  const line = steps.map((step, index) => `${index === 0 ? "M" : "L"}${index * width} ${y(step.tokens)} h${width}`);
  const drops = dropsOf(points).map(({ before, after, saved }) => ({
    x: after * width,
    saved,
    from: y(steps[before]?.tokens ?? 0),
    to: y(steps[after]?.tokens ?? 0),
  }));
  const percent = Math.round((last.tokens / Math.max(1, last.limit)) * 100);
  return (
    <svg
      className="ctx"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      data-testid="context-gauge"
      aria-label={t("inspector.context_label", {
        tokens: tokens(last.tokens),
        limit: tokens(last.limit),
        percent,
        n: drops.length,
      })}
    >
      <path className="ctx-limit" d={`M0 ${TOP} H${WIDTH}`} />
      <text x={0} y={TOP - 4}>
        {tokens(limit)}
      </text>
      <path className="ctx-area" d={`${line.join(" ")} V${LOW} H0 Z`} />
      <path className="ctx-line" d={line.join(" ")} />
      {drops.map(({ x, from, to, saved }) => (
        <g key={x}>
          <path className="ctx-drop" d={`M${x} ${from} V${to}`} data-testid="context-drop" />
          <text
            x={x > WIDTH * 0.6 ? x - 6 : x + 6}
            y={labelAt(from, to)}
            textAnchor={x > WIDTH * 0.6 ? "end" : "start"}
          >
            {t("inspector.compacted", { n: tokens(Math.max(0, saved)) })}
          </text>
        </g>
      ))}
      <circle className="ctx-now" cx={WIDTH} cy={y(last.tokens)} r={3} />
      <text x={WIDTH - 2} y={y(last.tokens) - 7} textAnchor="end">
        {tokens(last.tokens)}
      </text>
    </svg>
  );
}

/** Beside the drop where it is deep, above the line where it is not. */
const labelAt = (from: number, to: number) => (to - from > 16 ? from + 10 : Math.min(from, to) - 6);

/** Between which steps the context was compacted. */
function dropsOf(points: readonly ContextPoint[]) {
  let seen = 0;
  const drops: { before: number; after: number; saved: number }[] = [];
  for (const point of points) {
    if (point.kind === "step") seen += 1;
    else drops.push({ before: seen - 1, after: seen, saved: point.saved });
  }
  return drops.filter(({ before }) => before >= 0);
}
