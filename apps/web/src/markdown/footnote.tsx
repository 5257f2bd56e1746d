import { CornerLeftUp } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** The small mark that leads to a note. */
export function FootnoteMark({ label }: { label: string }) {
  const { t } = useTranslation();
  return (
    <sup>
      <button type="button" className="note-mark" data-note={label} aria-label={t("prose.note", { label })}>
        {label}
      </button>
    </sup>
  );
}

/** A note, where the text has it, and the way back to its mark. */
export function Footnote({
  label,
  dir,
  children,
}: {
  label: string;
  dir?: "ltr" | "rtl" | undefined;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <div className="footnote" dir={dir}>
      <span className="footnote-label">{label}</span>
      <div className="footnote-body">{children}</div>
      <button type="button" className="icon-btn s28" data-note-back={label} aria-label={t("prose.back")}>
        <CornerLeftUp className="i s14" aria-hidden />
      </button>
    </div>
  );
}
