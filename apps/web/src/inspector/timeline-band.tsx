import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { duration } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { place } from "./bars.tsx";
import type { Band } from "./timeline.ts";
import { Row } from "./timeline-row.tsx";

interface Props {
  band: Band;
  /** When the run began, in milliseconds of the log. */
  base: number;
  open: boolean;
  /** There are too many rows: only the band is shown until the reader opens it. */
  foldable: boolean;
}

/** The rows of one step. */
export function TimelineBand({ band, base, open, foldable }: Props) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const now = useNow(open && band.to === null);
  const seconds = (band.to ?? Math.max(band.from, (now - base) / 1_000)) - band.from;
  const title = (
    <>
      <span className="nm">
        {t("inspector.step", { n: band.step })}
        {foldable && <ChevronRight className="i s12 chev" aria-hidden />}
      </span>
      <span />
      <span className="d">{duration(seconds)}</span>
    </>
  );
  return (
    <section className="tls" aria-label={t("inspector.step", { n: band.step })}>
      <i className="band" style={place(band)} />
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
            base={base}
            open={open}
          />
        ))}
    </section>
  );
}
