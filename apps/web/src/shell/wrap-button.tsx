import { WrapText } from "lucide-react";
import { useTranslation } from "react-i18next";

/** Switches whether the long lines of a code block or an output wrap. */
export function WrapButton({ wrap, onChange }: { wrap: boolean; onChange: (wrap: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className="icon-btn s28"
      aria-pressed={wrap}
      aria-label={t("code.wrap")}
      onClick={() => onChange(!wrap)}
    >
      <WrapText className="i s14" aria-hidden />
    </button>
  );
}
