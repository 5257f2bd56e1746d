import { ChevronRight, Layers } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSpoken } from "../time/use-spoken.ts";
import { Findable } from "./findable.tsx";
import type { Worked } from "./worked.ts";

interface WorkedLineProps {
  worked: Worked;
  opened: boolean;
  /** What is folded away. */
  words: string;
  toggle(): void;
}

/** The work of a run that was not watched, in one line that opens it. */
export function WorkedLine({ worked, opened, words, toggle }: WorkedLineProps) {
  const { t } = useTranslation();
  const spoken = useSpoken();
  const line = useRef<HTMLButtonElement>(null);
  const reveal = () => {
    toggle();
    line.current?.scrollIntoView({ block: "start" });
  };
  const { steps, calls, failed } = worked;
  const counts = [t("truth.steps", { count: steps }), t("truth.calls", { count: calls })].join(" · ");
  return (
    <div className="work">
      <button
        ref={line}
        type="button"
        className="note worked"
        data-testid="worked"
        aria-expanded={opened}
        onClick={toggle}
      >
        <span className="race">
          <Layers className="i" aria-hidden />
        </span>
        <span>
          <b>{t("turn.worked", { s: spoken(worked.seconds) })}</b> · {counts}
          {failed > 0 && t("turn.worked_failed", { n: failed })}
        </span>
        <ChevronRight className="i s14 chev" aria-hidden />
      </button>
      {!opened && <Findable text={words} reveal={reveal} />}
    </div>
  );
}
