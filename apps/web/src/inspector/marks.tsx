import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Scale } from "./scale.ts";
import type { Mark } from "./timeline.ts";

/** Marks that a step has room for; a flow may put out thousands. */
const MOST = 200;

/** What happened in a moment, on the step's own line. */
export function Marks({ marks, scale }: { marks: readonly Mark[]; scale: Scale }) {
  const { t } = useTranslation();
  const word = ({ kind, name }: Mark) => t(`inspector.mark_${kind}`, { name });
  const kinds = [...new Set(marks.map(({ kind }) => kind))];
  const counts = kinds.map((kind) => {
    const own = marks.filter((mark) => mark.kind === kind);
    return own.length === 1
      ? word(own[0]!)
      : t("inspector.marks", { what: t(`inspector.mark_${kind}`, { name: "" }), n: own.length });
  });
  return (
    <span className="track">
      {marks.slice(-MOST).map((mark) => (
        <i
          key={mark.seq}
          className={`mk ${mark.kind}`}
          data-testid="timeline-mark"
          data-kind={mark.kind}
          title={word(mark)}
          style={{ "--a": scale.at(mark.at) } as CSSProperties}
        />
      ))}
      {marks.length > 0 && <span className="sr">{counts.join(", ")}</span>}
    </span>
  );
}
