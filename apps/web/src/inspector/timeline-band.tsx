import { ChevronRight } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { selectorOf } from "../conversation/selector.ts";
import { useScreen } from "../shell/app-context.ts";
import { duration } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { place } from "./bars.tsx";
import { Marks } from "./marks.tsx";
import type { Scale } from "./scale.ts";
import type { Band } from "./timeline.ts";
import { Row } from "./timeline-row.tsx";

interface Props {
  band: Band;
  run_id: string;
  /** When the run began, in milliseconds of the log. */
  base: number;
  open: boolean;
  scale: Scale;
  /** There are too many rows: only the band is shown until the reader opens it. */
  foldable: boolean;
}

/** The rows of one step. */
export function TimelineBand({ band, run_id, base, open, scale, foldable }: Props) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const chosen = useScreen(
    ({ selected }) => selected !== null && band.rows.some(({ item }) => selectorOf(item, run_id) === selected),
  );
  // What was chosen in the conversation must be found here.
  useEffect(() => {
    if (chosen) setOpened(true);
  }, [chosen]);
  const now = useNow(open && band.to === null);
  const seconds = (band.to ?? Math.max(band.from, (now - base) / 1_000)) - band.from;
  const name = band.step === 0 ? t("inspector.before_steps") : t("inspector.step", { n: band.step });
  const title = (
    <>
      <span className="nm">
        <span className="ell">{name}</span>
        {foldable && <ChevronRight className="i s12 chev" aria-hidden />}
        {foldable && !opened && <span className="n">{t("inspector.rows", { count: band.rows.length })}</span>}
      </span>
      <Marks marks={band.marks} scale={scale} />
      <span className="d">{duration(seconds)}</span>
    </>
  );
  return (
    <section className="tls" aria-label={name} data-testid="timeline-step" data-step={band.step}>
      <i className="band" style={place(band, scale)} />
      {foldable ? (
        <button type="button" className="tlr step-row" aria-expanded={opened} onClick={() => setOpened(!opened)}>
          {title}
        </button>
      ) : (
        <div className="tlr step-row">{title}</div>
      )}
      {(!foldable || opened) &&
        band.rows.map((row) => (
          <Row
            key={row.key}
            item={row.item}
            asked={row.asked}
            bracket={row.bracket}
            inner={row.inner}
            step={band.step}
            run_id={run_id}
            base={base}
            open={open}
            scale={scale}
          />
        ))}
    </section>
  );
}
